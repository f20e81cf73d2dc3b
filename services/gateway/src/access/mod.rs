//! Who calls, by API key or by an identity provider's token, and what roles stand for: what the
//! directory knows of it, kept in memory.
//!
//! The rows are the truth. What is kept is dropped whole when the directory changes: at once for the
//! changes of this process, with the next wake-up for those of others ([`Access::follow`]).

mod api_keys;
mod kept;
mod tokens;
mod used;

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Ambient, Id};
use kefu_rpc::jwks::{FetchConfig, TokenIssuers};
use kefu_rpc::keys::{ApiKey, Pepper};
use kefu_rpc::{RoleTable, Roles, RpcError, jwks};
use kefu_store::seal::{Keys, Purpose};
use kefu_store::tables::natural_key;
use kefu_store::{Aggregate, Store, StoreError, Topic};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

pub use self::api_keys::ApiKeys;
pub use self::tokens::Tokens;

use self::kept::Kept;
use self::used::Used;
use crate::domain::issuer::Algorithm;
use crate::domain::person::Subject;
use crate::domain::{Issuer, Key, Person};
use crate::error::Error;
use crate::rpc::subject_keys;
use crate::store::{self, keys};

/// Keys and people of late, each.
const KEPT: usize = 10_000;

/// What is known of callers. Clones share it.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ring: Keys,
    peppers: Arc<Peppers>,
    roles: Roles,
    /// What the process started with: the services' own role, and whatever a row does not replace.
    first: Arc<RoleTable>,
    trusted: ArcSwap<Trusted>,
    /// Held while the rows are read, so that an older reading never replaces a newer one.
    reading: Mutex<()>,
    keys: Kept<Uuid, Arc<Key>>,
    people: Kept<Subject, Arc<Person>>,
    used: Used,
}

/// The issuers of tokens as they are trusted now.
struct Trusted {
    issuers: Vec<Issuer>,
    tokens: TokenIssuers,
    /// Branches by code, where an issuer's tokens name them.
    branches: HashMap<String, Uuid>,
}

/// The peppers of API keys: one for each key of the ring, newest first.
pub struct Peppers(Vec<Pepper>);

impl Peppers {
    fn of(ring: &Keys) -> Self {
        let secrets = ring.hashes(Purpose::ApiKeys, b"pepper");
        Self(secrets.map(|secret| Pepper::new(&secret)).collect())
    }

    /// What is kept of a new key.
    pub fn hash(&self, key: &ApiKey) -> [u8; 32] {
        self.0.first().expect("a ring holds a key").hash(key)
    }

    /// Whether `kept` is of this key.
    fn matches(&self, key: &ApiKey, kept: &[u8]) -> bool {
        self.0.iter().any(|pepper| pepper.matches(key, kept))
    }
}

impl Access {
    /// Over the directory in `store`; `roles` is the table that the stacks check with. Nothing is read
    /// yet: see [`Access::refresh`].
    pub fn new(
        store: Store,
        ring: Keys,
        roles: Roles,
        fetch: &FetchConfig,
    ) -> Result<Self, RpcError> {
        let tokens = TokenIssuers::new(fetch, store.ambient().clone())?;
        let trusted = Trusted { issuers: Vec::new(), tokens, branches: HashMap::new() };
        let inner = Inner {
            peppers: Arc::new(Peppers::of(&ring)),
            first: roles.table(),
            trusted: ArcSwap::from_pointee(trusted),
            reading: Mutex::new(()),
            keys: Kept::new(KEPT),
            people: Kept::new(KEPT),
            used: Used::default(),
            store,
            ring,
            roles,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The table that the stacks check with.
    pub fn roles(&self) -> &Roles {
        &self.inner.roles
    }

    /// What API keys are hashed with.
    pub fn peppers(&self) -> Arc<Peppers> {
        Arc::clone(&self.inner.peppers)
    }

    /// Reads roles and issuers anew, and forgets who was kept.
    pub async fn refresh(&self) -> Result<(), Error> {
        let inner = &*self.inner;
        let _reading = inner.reading.lock().await;
        let mut table = (*inner.first).clone();
        table.extend(store::role::table(inner.store.reader()).await?);
        if *inner.roles.table() != table {
            inner.roles.replace(table);
        }
        let issuers = store::issuer::trusted(inner.store.reader()).await?;
        let named = issuers.iter().any(|issuer| !issuer.branches_claim.is_empty());
        let branches = match named {
            true => store::branch::by_code(inner.store.reader()).await?,
            false => HashMap::new(),
        };
        let present = inner.trusted.load();
        if present.issuers != issuers || present.branches != branches {
            inner.trusted.store(Arc::new(trust(&present.tokens, issuers, branches)));
        }
        inner.keys.clear();
        inner.people.clear();
        Ok(())
    }

    /// Keeps up with changes that other processes make, until `cancel`.
    pub async fn follow(self, cancel: CancellationToken) -> Result<(), Error> {
        let mut recorded = self.inner.store.committed(Topic::Events);
        while cancel.run_until_cancelled(recorded.wait()).await.is_some() {
            self.refresh().await?;
        }
        Ok(())
    }

    /// Notes now and then which keys were used, until `cancel`.
    pub async fn note_use(self, cancel: CancellationToken) -> Result<(), StoreError> {
        self.inner.used.write(&self.inner.store, cancel).await
    }

    fn ambient(&self) -> &Ambient {
        self.inner.store.ambient()
    }

    /// The key with this id, revoked or not.
    async fn key(&self, id: Uuid) -> Result<Option<Arc<Key>>, StoreError> {
        let kept = &self.inner.keys;
        if let Some(key) = kept.get(&id) {
            return Ok(Some(key));
        }
        let epoch = kept.epoch();
        let found = Key::load(self.inner.store.reader(), &[id]).await?.pop().map(Arc::new);
        if let Some(key) = &found {
            kept.put(epoch, id, Arc::clone(key));
        }
        Ok(found)
    }

    /// The person who is that subject, working here or not.
    async fn person(&self, subject: Subject) -> Result<Option<Arc<Person>>, StoreError> {
        let kept = &self.inner.people;
        if let Some(person) = kept.get(&subject) {
            return Ok(Some(person));
        }
        let epoch = kept.epoch();
        let names = subject_keys(&self.inner.ring, [&subject]);
        let names: Vec<String> = names.into_values().flatten().collect();
        let reader = self.inner.store.reader();
        let claims = natural_key::Entity::find()
            .filter(natural_key::Column::Kind.eq(keys::SUBJECT))
            .filter(natural_key::Column::Key.is_in(names))
            .all(reader)
            .await?;
        let ids: Vec<Uuid> = claims.into_iter().map(|claim| claim.aggregate_id).collect();
        let people = Person::load(reader, &ids).await?;
        let found = people.into_iter().find(|person| person.subjects.contains(&subject));
        let found = found.map(Arc::new);
        if let Some(person) = &found {
            kept.put(epoch, subject, Arc::clone(person));
        }
        Ok(found)
    }
}

/// These issuers are trusted from now on, with the keys that `present` has of those that stay. One that
/// cannot be used as it is told is left out, and named in the log.
fn trust(present: &TokenIssuers, issuers: Vec<Issuer>, branches: HashMap<String, Uuid>) -> Trusted {
    let (tokens, refused) = present.knowing(issuers.iter().map(pinned).collect());
    for error in &refused {
        let error = error as &dyn std::error::Error;
        tracing::warn!(error, "an issuer cannot be used");
    }
    Trusted { issuers, tokens, branches }
}

fn pinned(issuer: &Issuer) -> jwks::Issuer {
    let allowed = |one: &Algorithm| issuer.algorithms.is_empty() || issuer.algorithms.contains(one);
    let algorithms = Algorithm::ALL.iter().map(|(one, _)| *one).filter(allowed);
    jwks::Issuer {
        issuer: issuer.issuer.clone(),
        jwks_uri: issuer.jwks_url.clone(),
        audiences: issuer.audiences.clone(),
        algorithms: algorithms.map(tokens::algorithm).collect(),
    }
}

/// The text form of an id, as principals have it.
fn principal_id(id: impl Id) -> String {
    id.to_string()
}
