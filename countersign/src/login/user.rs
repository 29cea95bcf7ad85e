use std::any::{Any, type_name};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use crate::measure::{Stopwatch, histogram};
use crate::session::{BoxError, BoxFuture, UserId};

/// A user, as logins know users. Most applications derive it:
///
/// ```
/// use countersign::AuthUser;
///
/// #[derive(AuthUser)]
/// struct User {
///     id: i64,
///     name: String,
///     password_hash: String,
///     is_active: bool,
/// }
///
/// let ada = User { id: 7, name: "Ada".into(), password_hash: String::new(), is_active: true };
/// assert_eq!((ada.id(), ada.is_active()), (7, true));
/// # let _ = ada.name;
/// ```
///
/// Neither `Clone` nor `Serialize` is asked for: a user is loaded anew for each request that asks who is there, and
/// sessions keep nothing of it but its id and its stamp.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user that can log in",
    label = "not an `AuthUser`",
    note = "if it is your user type, write `#[derive(AuthUser)]` above it",
    note = "if it is `NoLoader`, the `LoginManager` can't load users yet: give it `.user_loader(…)`, \
            `.user_loader_with(…)` or `.users(…)`"
)]
pub trait AuthUser: Send + Sync + 'static {
    /// The id by which users are loaded. Sessions keep what it displays. An id that does not parse is no user.
    type Id: fmt::Display + FromStr + Send + Sync + 'static;

    /// The user's id.
    fn id(&self) -> Self::Id;

    /// The hash of the user's password; `None` for a user who has none, and so can't log in with one.
    fn password_hash(&self) -> Option<&str> {
        None
    }

    /// Whether the user may be logged in at all. An inactive user's sessions count for nothing from the next request
    /// on.
    fn is_active(&self) -> bool {
        true
    }

    /// A random value that changes when the password does. A login counts only while the user has the stamp that was
    /// read with the password hash that was verified.
    ///
    /// Users without stamps are as safe as long as `Auth::end_other_sessions` or
    /// `LoginManager::end_sessions_of` is called after a change of the password.
    fn security_stamp(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// A number that an application raises, where it keeps the user, to have all failures forgotten that were counted against him:
    /// what an administrator does to unlock an account. The [throttle](crate::throttle) counts under it, so that each process forgets
    /// them with the next try, wherever the number was raised.
    fn failure_epoch(&self) -> u64 {
        0
    }

    /// Whether the user has a role, for `role_required`.
    fn has_role(&self, role: &str) -> bool {
        let _ = role;
        false
    }

    /// Whether the user may do something, for `permission_required`. Name what is done: `reports:write`.
    fn has_permission(&self, permission: &str) -> bool {
        let _ = permission;
        false
    }
}

/// Loads users, and keeps their upgraded password hashes.
///
/// A named function is enough for the first (`LoginManager::user_loader`); this trait is for who wants the second too.
pub trait UserLoader: Send + Sync + 'static {
    /// The application's user.
    type User: AuthUser;
    /// Why a user could not be loaded.
    type Error: Into<BoxError> + Send;

    /// The user with this id; `None` when there is none.
    ///
    /// # Errors
    /// When it can't be found out. The request is answered with a 503, never as if nobody were logged in.
    fn load(
        &self,
        id: <Self::User as AuthUser>::Id,
    ) -> impl Future<Output = Result<Option<Self::User>, Self::Error>> + Send;

    /// Keeps a hash of the same password made with today's algorithm and cost. It is called after a login with a hash
    /// that is older. Replace the hash only if it is still `user.password_hash()`, and leave the stamp as it is: this
    /// ends nobody's sessions.
    ///
    /// # Errors
    /// When it can't be kept. The login succeeds all the same, and the next one tries again.
    fn store_password_hash(
        &self,
        user: &Self::User,
        hash: &str,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (user, hash);
        std::future::ready(Ok(()))
    }
}

/// A function that loads users: `async fn load_user(id: i64) -> Option<User>`, or with a
/// `Result<Option<User>, E>` as its answer. Use named functions: the compiler's words about closures help nobody.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer of a user loader",
    label = "not `Option<User>` or `Result<Option<User>, E>`",
    note = "write a named function: `async fn load_user(id: i64) -> Option<User>` for `.user_loader(load_user)`, or \
            `async fn load_user(pool: SqlitePool, id: i64) -> sqlx::Result<Option<User>>` for \
            `.user_loader_with(pool, load_user)`"
)]
pub trait LoaderAnswer: Send {
    /// The application's user.
    type User: AuthUser;

    /// The answer in its full form.
    ///
    /// # Errors
    /// The loader's own.
    fn into_result(self) -> Result<Option<Self::User>, BoxError>;
}

impl<U: AuthUser> LoaderAnswer for Option<U> {
    type User = U;

    fn into_result(self) -> Result<Option<U>, BoxError> {
        Ok(self)
    }
}

impl<U: AuthUser, E: Into<BoxError> + Send> LoaderAnswer for Result<Option<U>, E> {
    type User = U;

    fn into_result(self) -> Result<Option<U>, BoxError> {
        self.map_err(Into::into)
    }
}

/// A user loader made of a function and the value that it is called with.
pub(crate) struct FunctionLoader<State, F, U> {
    state: State,
    function: F,
    user: PhantomData<fn() -> U>,
}

impl<State, F, U> FunctionLoader<State, F, U> {
    pub(crate) fn new(state: State, function: F) -> Self {
        Self {
            state,
            function,
            user: PhantomData,
        }
    }
}

impl<State, F, Fut, U> UserLoader for FunctionLoader<State, F, U>
where
    State: Clone + Send + Sync + 'static,
    F: Fn(State, U::Id) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: LoaderAnswer<User = U>> + Send,
    U: AuthUser,
{
    type User = U;
    type Error = BoxError;

    async fn load(&self, id: U::Id) -> Result<Option<U>, BoxError> {
        (self.function)(self.state.clone(), id).await.into_result()
    }
}

/// A user whose type is forgotten.
pub(crate) trait ErasedUser: Any + Send + Sync {
    fn user_id(&self) -> UserId;
    fn password_hash(&self) -> Option<&str>;
    fn is_active(&self) -> bool;
    fn security_stamp(&self) -> Option<Cow<'_, str>>;
    fn failure_epoch(&self) -> u64;
    fn has_role(&self, role: &str) -> bool;
    fn has_permission(&self, permission: &str) -> bool;
}

impl<U: AuthUser> ErasedUser for U {
    fn user_id(&self) -> UserId {
        UserId::new(self.id().to_string())
    }

    fn password_hash(&self) -> Option<&str> {
        AuthUser::password_hash(self)
    }

    fn is_active(&self) -> bool {
        AuthUser::is_active(self)
    }

    fn security_stamp(&self) -> Option<Cow<'_, str>> {
        AuthUser::security_stamp(self)
    }

    fn failure_epoch(&self) -> u64 {
        AuthUser::failure_epoch(self)
    }

    fn has_role(&self, role: &str) -> bool {
        AuthUser::has_role(self, role)
    }

    fn has_permission(&self, permission: &str) -> bool {
        AuthUser::has_permission(self, permission)
    }
}

/// The user as the application's own type. `None` when it is of another one.
pub(crate) fn downcast<U: AuthUser>(user: Arc<dyn ErasedUser>) -> Option<Arc<U>> {
    let user: Arc<dyn Any + Send + Sync> = user;
    user.downcast().ok()
}

/// A user loader whose types are forgotten, so that only the user's type stands in signatures.
pub(crate) trait DynUserLoader: Send + Sync {
    fn load<'a>(
        &'a self,
        id: &'a UserId,
    ) -> BoxFuture<'a, Result<Option<Arc<dyn ErasedUser>>, BoxError>>;

    fn store_password_hash<'a>(
        &'a self,
        user: &'a dyn ErasedUser,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}

impl<L: UserLoader> DynUserLoader for L {
    fn load<'a>(
        &'a self,
        id: &'a UserId,
    ) -> BoxFuture<'a, Result<Option<Arc<dyn ErasedUser>>, BoxError>> {
        Box::pin(async move {
            let Ok(id) = id.as_str().parse() else {
                let wanted = type_name::<<L::User as AuthUser>::Id>();
                tracing::debug!(
                    user = id.as_str(),
                    wanted,
                    "a user id that does not parse is nobody's"
                );
                return Ok(None);
            };
            let time = Stopwatch::start();
            let answer = UserLoader::load(self, id).await;
            match &answer {
                Ok(_) => histogram!("countersign_user_load_seconds", "result" => "ok"),
                Err(_) => histogram!("countersign_user_load_seconds", "result" => "error"),
            }
            .record(time.seconds());
            let user = answer.map_err(Into::into)?;
            Ok(user.map(|user| Arc::new(user) as Arc<dyn ErasedUser>))
        })
    }

    fn store_password_hash<'a>(
        &'a self,
        user: &'a dyn ErasedUser,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let user: &dyn Any = user;
            match user.downcast_ref() {
                Some(user) => UserLoader::store_password_hash(self, user, hash)
                    .await
                    .map_err(Into::into),
                None => Ok(()),
            }
        })
    }
}
