//! The suite that every session store must pass.
//!
//! Each [`Case`] holds a store to a sentence of [`SessionStore`]'s documentation, under its number there. Many do so
//! with hundreds of tasks at once, so run it on a runtime of several threads:
//!
//! ```
//! use countersign::session::MemoryStore;
//! use countersign::testing::conformance;
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! conformance::run(async || MemoryStore::new()).await.assert_passed();
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

mod bench;
mod deadlines;
mod endings;
mod epochs;
mod failure;
mod limits;
mod logins;
mod merging;
mod reading;
mod replacing;
mod tokens;
mod tombstones;

use std::collections::BTreeSet;
use std::fmt;

use self::bench::Bench;
use crate::session::{BoxFuture, SessionStore};

pub use failure::Failure;

/// Runs every case, each on a store of its own, which must be empty.
///
/// Time passes for the store through the parameter `now` alone: the suite waits for nothing.
///
/// # Panics
/// Outside a Tokio runtime.
pub async fn run<S, F>(new_store: F) -> Report
where
    S: SessionStore,
    F: AsyncFn() -> S,
{
    let mut cases = Vec::new();
    for Specification {
        invariant,
        behaviour,
        check,
    } in specifications()
    {
        let bench = Bench::new(new_store().await);
        // A task of its own, so that a store that panics fails this case and not the whole suite.
        let outcome = match tokio::spawn(check(bench)).await {
            Ok(outcome) => outcome,
            Err(panic) => Err(Failure::Panicked(panic)),
        };
        cases.push(Case {
            invariant,
            behaviour,
            outcome,
        });
    }
    Report { cases }
}

/// What came out of a run.
#[derive(Debug)]
#[must_use]
pub struct Report {
    cases: Vec<Case>,
}

impl Report {
    /// All cases, in the order of the promises that they belong to.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The numbers of the promises that were broken.
    pub fn failed_invariants(&self) -> BTreeSet<u8> {
        self.failed().map(|case| case.invariant).collect()
    }

    /// Makes the test fail when a case did.
    ///
    /// # Panics
    /// When a case failed; the message lists what was broken and how.
    pub fn assert_passed(&self) {
        assert!(self.failed().next().is_none(), "{self}");
    }

    fn failed(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.outcome.is_err())
    }
}

impl fmt::Display for Report {
    /// One line for each case that failed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed().count();
        write!(f, "{failed} of {} cases failed", self.cases.len())?;
        for case in self.failed() {
            let Err(failure) = &case.outcome else {
                continue;
            };
            write!(f, "\n{} {}: {failure}", case.invariant, case.behaviour)?;
            let mut source = std::error::Error::source(failure);
            while let Some(error) = source {
                write!(f, ": {error}")?;
                source = error.source();
            }
        }
        Ok(())
    }
}

/// One case of the suite.
#[derive(Debug)]
pub struct Case {
    /// The number, from 1 to 10, of the promise in [`SessionStore`]'s documentation.
    pub invariant: u8,
    /// What a store must do.
    pub behaviour: &'static str,
    /// Whether it did.
    pub outcome: Result<(), Failure>,
}

/// A case that is still to be run.
struct Specification<S> {
    invariant: u8,
    behaviour: &'static str,
    check: fn(Bench<S>) -> BoxFuture<'static, Result<(), Failure>>,
}

/// Names each case by its function.
macro_rules! specifications {
    ($($invariant:literal: $module:ident { $($case:ident,)* })*) => {
        vec![$($(Specification {
            invariant: $invariant,
            behaviour: stringify!($case),
            check: |bench| Box::pin($module::$case(bench)),
        },)*)*]
    };
}

fn specifications<S: SessionStore>() -> Vec<Specification<S>> {
    specifications! {
        1: endings {
            a_change_after_the_end_brings_nothing_back,
            a_touch_after_the_end_brings_nothing_back,
            a_session_that_must_be_live_is_not_continued_after_its_end,
            a_token_that_was_given_out_begins_no_second_session,
            of_an_end_and_its_rivals_one_wins,
        }
        2: merging {
            changes_are_made_in_their_order,
            the_later_commit_wins_a_key,
            hundreds_of_changes_at_once_all_survive,
            changes_outlive_a_rotation_beside_them_or_are_refused,
        }
        3: replacing {
            the_old_token_does_not_open_the_new_session,
            the_old_data_is_dropped_unless_it_is_kept,
            changes_are_made_to_what_the_new_session_begins_with,
            one_of_fifty_rotations_of_one_session_is_done,
            fifty_logins_over_one_session_end_it_and_live,
            an_unknown_session_may_be_replaced_and_brings_nothing,
        }
        4: endings {
            every_call_after_an_end_sees_it,
            every_call_after_an_end_by_name_sees_it,
            every_call_after_the_end_of_all_sees_it,
            only_the_users_own_session_ends_by_its_name,
            a_hundred_ends_at_once_are_each_seen_at_once,
            what_is_gone_was_not_begun_in_part,
            what_is_outdated_was_not_begun_in_part,
        }
        4: logins {
            an_end_under_a_fading_token_ends_the_login,
            an_end_by_name_ends_the_login,
            a_login_of_somebody_else_ends_the_login,
            a_second_proof_under_a_fading_token_is_part_of_the_login,
            an_end_of_a_login_spares_the_users_others,
            of_an_end_and_a_new_proof_beside_it_nothing_is_left,
        }
        5: deadlines {
            a_session_is_over_at_its_idle_deadline,
            use_moves_the_idle_deadline_and_nothing_else,
            nothing_moves_the_last_deadline,
            a_clock_that_stepped_back_extends_nothing,
            what_is_over_is_live_for_no_call,
            cleaning_takes_what_is_over_and_no_more,
            what_was_used_in_time_is_not_cleaned_away,
            cleaning_beside_uses_takes_no_live_session,
            a_beginning_cleans_some_away,
            deadlines_at_the_end_of_time_are_no_deadlines,
        }
        6: tokens {
            an_unknown_token_is_unknown_to_every_call,
            hundreds_of_unknown_tokens_are_adopted_by_no_call,
            a_token_opens_what_began_with_it,
            data_comes_back_as_it_went_in,
            the_shared_secret_is_the_first_that_was_proposed,
        }
        7: epochs {
            a_login_verified_before_all_were_ended_does_not_begin,
            a_login_verified_afterwards_begins,
            each_end_of_all_answers_its_own_epoch,
            the_spared_session_lives_on,
            a_session_that_has_ended_is_not_spared,
            sparing_somebody_elses_session_spares_none,
            the_end_of_everybodys_sessions_reaches_visitors,
            a_users_live_sessions_are_listed_the_oldest_first,
            no_login_slips_through_while_all_are_ended,
            a_session_is_spared_by_fifty_ends_at_once,
            everybodys_end_beside_logins_leaves_no_older_one,
        }
        8: reading {
            ten_thousand_unknown_tokens_leave_no_trace,
            reading_moves_nothing,
        }
        9: tombstones {
            an_ended_session_is_remembered_for_sixty_seconds,
            a_replaced_session_is_remembered_for_sixty_seconds,
            a_fading_session_is_readable_for_ten_seconds,
            a_fading_session_is_never_written,
            a_fading_session_is_read_as_it_was,
            a_fading_session_is_over_at_its_own_deadline,
            a_clock_that_stepped_back_makes_nothing_readable,
            the_end_of_all_ends_what_fades,
            a_tombstone_is_not_cleaned_away_early,
        }
        9: logins {
            what_fades_is_over_with_its_login,
            only_its_own_users_proof_lets_a_session_fade,
            a_token_that_fades_no_more_ends_nothing,
        }
        10: limits {
            one_session_too_many_ends_the_one_used_longest_ago,
            one_session_too_many_ends_what_is_one_login_with_it,
            what_replaces_one_of_a_hundred_ends_no_other,
            what_does_not_begin_ends_no_other,
            hundreds_of_logins_at_once_leave_a_hundred,
        }
    }
}
