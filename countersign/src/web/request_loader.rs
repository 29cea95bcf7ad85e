use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Uri};

use super::context::WebContext;
use crate::login::{AuthUser, ErasedUser, LoaderAnswer, LoginError};
use crate::session::{BoxError, BoxFuture};

/// A request, as a request loader sees it: who calls, by a key or a password that came with this very request?
///
/// ```
/// use countersign::{AuthUser, LoginManager, RequestHead};
/// use countersign::session::MemoryStore;
/// # #[derive(AuthUser)]
/// # struct User { id: i64 }
/// # async fn load_user(_id: i64) -> Option<User> { None }
///
/// async fn load_by_key(request: RequestHead) -> Option<User> {
///     (request.bearer_key()? == "the key of user 7").then_some(User { id: 7 })
/// }
///
/// let manager = LoginManager::new(MemoryStore::new())
///     .user_loader(load_user)
///     .request_loader(load_by_key);
/// ```
#[derive(Clone)]
pub struct RequestHead {
    context: Arc<WebContext>,
}

/// What is kept of a request for a request loader.
#[derive(Debug)]
pub(crate) struct Head {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

/// A request loader whose types are forgotten.
pub(crate) type DynRequestLoader = Arc<
    dyn Fn(&Arc<WebContext>) -> BoxFuture<'static, Result<Option<Arc<dyn ErasedUser>>, BoxError>>
        + Send
        + Sync,
>;

impl RequestHead {
    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.head().method
    }

    /// The request's URI.
    pub fn uri(&self) -> &Uri {
        &self.head().uri
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head().headers
    }

    /// The key of `Authorization: Bearer …` (RFC 6750, section 2.1). Compare it by its hash, or in constant time.
    pub fn bearer_key(&self) -> Option<&str> {
        self.credentials_of("bearer")
    }

    /// The name and the password of `Authorization: Basic …` (RFC 7617). Verify them with [`check`](Self::check).
    pub fn basic_credentials(&self) -> Option<(String, String)> {
        let bytes = STANDARD.decode(self.credentials_of("basic")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (name, password) = text.split_once(':')?;
        Some((name.to_owned(), password.to_owned()))
    }

    /// Verifies a password, with the throttle and the pool of the login manager: see
    /// [`Auth::check`](super::Auth::check).
    ///
    /// # Errors
    /// As `Auth::check`.
    pub async fn check<U, T>(
        &self,
        name: &str,
        found: Option<T>,
        password: &str,
    ) -> Result<Option<T>, LoginError>
    where
        U: AuthUser,
        T: Borrow<U>,
    {
        let user = found.as_ref().map(|user| user.borrow() as &dyn ErasedUser);
        let proved = self.context.login.check(name, user, password).await?;
        Ok(found.filter(|_| proved))
    }

    fn credentials_of(&self, wanted: &str) -> Option<&str> {
        let header = self.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, credentials) = header.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case(wanted)
            .then(|| credentials.trim())
    }

    fn head(&self) -> &Head {
        self.context
            .head
            .as_ref()
            .expect("a request loader is only called where the head was kept")
    }
}

impl fmt::Debug for RequestHead {
    /// Shows no headers: they hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", self.method())
            .finish_non_exhaustive()
    }
}

/// Forgets the types of a request loader.
pub(super) fn erase<State, F, Fut, U>(state: State, function: F) -> DynRequestLoader
where
    State: Clone + Send + Sync + 'static,
    F: Fn(State, RequestHead) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: LoaderAnswer<User = U>> + Send + 'static,
    U: AuthUser,
{
    Arc::new(move |context| {
        let head = RequestHead {
            context: Arc::clone(context),
        };
        let answer = function(state.clone(), head);
        Box::pin(async move {
            let user = answer.await.into_result()?;
            Ok(user.map(|user| Arc::new(user) as Arc<dyn ErasedUser>))
        })
    })
}
