use super::open_session::{FRESH, IDENTIFIER, REMEMBER, REMEMBER_SECONDS, USER_ID};
use super::{FlaskLogin, Present, State, is_cleared, stamped};
use crate::login::LoginError;
use crate::login::event::Event;
use crate::login::request::Client;
use crate::login::staged::{Basis, LoginOptions, Proof};
use crate::login::user::ErasedUser;
use crate::session::{Methods, StoreError, UserId};

impl<C: Client> FlaskLogin<C> {
    /// Keeps what was proved in this request.
    pub(crate) async fn keep_proof(&self, proof: Proof) {
        self.state.lock().await.proof = Some(proof);
    }

    /// Logs a user in: Flask-Login's `login_user`.
    pub(crate) async fn login_user(
        &self,
        user: &dyn ErasedUser,
        options: LoginOptions,
    ) -> Result<(), LoginError> {
        if !user.is_active() && !options.force {
            return Err(LoginError::Inactive);
        }
        let user_id = user.user_id();
        let identifier = self.identifier();
        let mut state = self.state_before_answer().await?;
        let chosen_as = options.chose_password_as.as_deref();
        let basis = Basis::of(user, state.proof.as_ref(), chosen_as);
        let stamped_id = stamped::id_with(&self.flask, &user_id, basis.stamp.as_deref())?;
        let session = self.session(&mut state)?;
        session.set(USER_ID, stamped_id);
        session.set(FRESH, options.fresh);
        session.set(IDENTIFIER, identifier);
        if options.remember {
            session.set(REMEMBER, "set");
            if let Some(duration) = options.duration {
                session.set(REMEMBER_SECONDS, duration.as_secs_f64());
            }
        }
        state.device_name = basis.device_name;
        state.present = Some(Present {
            user: None,
            to_load: Some(user_id.clone()),
            forced: options.force,
        });
        state.events.push(Event::LoggedIn {
            user: user_id,
            session: None,
            methods: Methods::from(basis.method),
            remembered: options.remember,
            address: self.client.address(),
        });
        Ok(())
    }

    /// Makes the login fresh again: Flask-Login's `confirm_login`, but only for who is logged in and has proved who he is.
    pub(crate) async fn confirm_login(&self) -> Result<(), LoginError> {
        let identifier = self.identifier();
        let mut state = self.state_before_answer().await?;
        let Some(user) = self.present(&mut state).await?.authenticated().cloned() else {
            return Err(LoginError::NotLoggedIn);
        };
        let user = user.user_id();
        let Some(proof) = state.proof.as_ref().filter(|proof| proof.user_id == user) else {
            return Err(LoginError::NotProved);
        };
        state.device_name = Some(proof.name.clone());
        let session = self.session(&mut state)?;
        session.set(FRESH, true);
        session.set(IDENTIFIER, identifier);
        let confirmed = Event::LoginConfirmed {
            user,
            session: None,
        };
        state.events.push(confirmed);
        Ok(())
    }

    /// Ends the user's other logins, which carry an older stamp, and lets this one go on.
    pub(crate) async fn password_changed(
        &self,
        user_id: UserId,
        stamp: Option<Box<str>>,
    ) -> Result<(), LoginError> {
        let Some(stamp) = stamp.filter(|_| self.flask.stamped_user_ids) else {
            let what = "be ended by a new password, unless user ids are stamped";
            return Err(LoginError::Store(StoreError::ClientSide { what }));
        };
        let identifier = self.identifier();
        let mut state = self.state_before_answer().await?;
        let is_own = self
            .present(&mut state)
            .await?
            .authenticated()
            .is_some_and(|user| user.user_id() == user_id);
        if !is_own {
            return Err(LoginError::NotLoggedIn);
        }
        let remembers = self
            .remembered_user(&mut state)?
            .is_some_and(|token| self.is_of(&token, &user_id));
        let stamped_id = stamped::id_with(&self.flask, &user_id, Some(&stamp))?;
        let session = self.session(&mut state)?;
        session.set(USER_ID, stamped_id);
        session.set(FRESH, true);
        session.set(IDENTIFIER, identifier);
        if remembers {
            // The one that he has is worth nothing from now on.
            session.set(REMEMBER, "set");
        }
        self.tell(&Event::SessionEnded {
            user: user_id,
            session: None,
        });
        Ok(())
    }

    /// Takes the login out of the session, and the remember token away: Flask-Login's `logout_user`.
    pub(crate) async fn logout_user(&self) -> Result<(), LoginError> {
        let mut state = self.state_before_answer().await?;
        // Whoever logs out must not fail because his user can't be loaded; the event can do without a name.
        let user = match self.present(&mut state).await {
            Ok(present) => present.user.as_ref().map(|user| user.user_id()),
            Err(_) => None,
        };
        self.take_login_out(self.session(&mut state)?);
        *state = State {
            session: state.session.take(),
            present: Some(Present::default()),
            logged_out: true,
            ..State::default()
        };
        self.tell(&Event::LoggedOut {
            user,
            address: self.client.address(),
        });
        Ok(())
    }

    pub(super) fn take_login_out(&self, session: &mut super::OpenSession) {
        for key in [USER_ID, FRESH, IDENTIFIER] {
            session.pop(key);
        }
        if self.cookies.remember.is_some() {
            session.set(REMEMBER, "clear");
            session.pop(REMEMBER_SECONDS);
        } else if !is_cleared(session) {
            // Whoever logs in after this, in the same request, was not asked.
            session.pop(REMEMBER);
        }
    }
}
