//! What a command needs before it can be decided: aggregates, natural keys, numbers.

use kefu_kernel::Call;
use uuid::Uuid;

use super::aggregate::{Aggregate, Kind, kind};

/// Collects what is to be loaded; filled once, when the command is handed in.
#[derive(Default)]
pub struct Needs {
    pub(crate) loads: Vec<Load>,
    pub(crate) keys: Vec<KeyNeed>,
    pub(crate) numbers: Vec<(&'static str, u32)>,
}

pub(crate) struct Load {
    pub kind: &'static dyn Kind,
    pub id: Uuid,
    pub etag: Option<Etag>,
}

/// A condition on the version that is found.
pub(crate) struct Etag {
    /// The version seen by the caller; none: what it sent is no etag of ours.
    pub version: Option<i64>,
    /// The fields that the caller changes; none: any change since is a conflict.
    pub fields: Option<Vec<String>>,
}

pub(crate) struct KeyNeed {
    pub kind: &'static dyn Kind,
    pub name: NaturalKey,
}

/// A natural key's kind and text.
pub(crate) type NaturalKey = (String, String);

impl Needs {
    /// The aggregate of that id, where it exists.
    pub fn load<A: Aggregate>(&mut self, id: Uuid) -> Loading<'_> {
        self.loads.push(Load { kind: kind::<A>(), id, etag: None });
        Loading(self.loads.last_mut().expect("it was just pushed"))
    }

    /// The aggregate that a natural key names, where it is claimed; also what permits to claim it.
    pub fn key<A: Aggregate>(&mut self, key_kind: impl Into<String>, key: impl Into<String>) {
        let name = (key_kind.into(), key.into());
        self.keys.push(KeyNeed { kind: kind::<A>(), name });
    }

    /// `how_many` numbers of a kind such as `ticket`.
    pub fn numbers(&mut self, kind: &'static str, how_many: u32) {
        self.numbers.push((kind, how_many));
    }

    /// How much there is to load.
    pub(crate) fn weight(&self) -> usize {
        1 + self.loads.len() + self.keys.len()
    }
}

/// A load to which a condition can be added.
pub struct Loading<'a>(&'a mut Load);

impl Loading<'_> {
    /// Where the caller gave an etag, the aggregate must still have it: for verbs.
    pub fn etag(self, etag: &str) {
        self.0.etag = Etag::parse(etag, None);
    }

    /// Where the caller gave an etag, none of `fields` may have changed since: for Update with its
    /// mask. A field and its sub-fields conflict (`contact`, `contact.email`).
    pub fn etag_for(self, etag: &str, fields: impl IntoIterator<Item = impl Into<String>>) {
        self.0.etag = Etag::parse(etag, Some(fields.into_iter().map(Into::into).collect()));
    }
}

impl Etag {
    fn parse(etag: &str, fields: Option<Vec<String>>) -> Option<Self> {
        (!etag.is_empty()).then(|| Self { version: etag.parse().ok(), fields })
    }
}

/// Names one mutating request: principal, RPC and the caller's idempotency key.
pub(crate) type RequestKey = (String, String, String);

/// The call's idempotency key, where it has one.
pub(crate) fn request_key(call: &Call) -> Option<RequestKey> {
    let request_id = call.request_id.as_ref().filter(|id| !id.is_empty())?;
    Some((call.principal.id.clone(), call.rpc.clone(), request_id.clone()))
}
