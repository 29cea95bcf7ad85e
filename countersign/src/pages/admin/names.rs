use std::collections::BTreeMap;

use crate::accounts::{AccountError, AccountId, Accounts};

/// The names of the accounts that a page speaks of. Who was deleted has none.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<AccountId, String>);

impl Names {
    pub(super) async fn of(
        accounts: &Accounts,
        ids: impl IntoIterator<Item = AccountId>,
    ) -> Result<Self, AccountError> {
        let ids: std::collections::BTreeSet<_> = ids.into_iter().collect();
        let mut names = BTreeMap::new();
        for id in ids {
            if let Some(account) = accounts.find(id).await? {
                names.insert(id, account.name);
            }
        }
        Ok(Self(names))
    }

    pub(super) fn get(&self, id: AccountId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}
