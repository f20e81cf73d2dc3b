//! The short form of the commonest command: load one aggregate, apply a rule, save, reply.

use kefu_kernel::{Call, Fault, NewEvent};
use prost::Message;
use uuid::Uuid;

use super::aggregate::Aggregate;
use super::command::Done;
use super::error::{NotFound, RunError};
use super::needs::Needs;
use super::queue::Runner;
use super::work::Work;

/// The aggregate that is changed, and what its caller has seen of it.
pub struct Target {
    id: Uuid,
    etag: String,
    fields: Option<Vec<String>>,
}

impl Target {
    /// Whatever its version is.
    pub fn of(id: Uuid) -> Self {
        Self { id, etag: String::new(), fields: None }
    }

    /// Only while its etag is this one (an empty one is any): for verbs.
    pub fn etag(mut self, etag: &str) -> Self {
        etag.clone_into(&mut self.etag);
        self
    }

    /// Only while none of `fields` has changed since this etag: for Update.
    pub fn etag_for(
        mut self,
        etag: &str,
        fields: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.fields = Some(fields.into_iter().map(Into::into).collect());
        self.etag(etag)
    }
}

impl Runner {
    /// Changes one aggregate by `rule` and answers what `reply` makes of it. A rule that answers the
    /// same state and no event changes nothing, and succeeds.
    pub async fn change<A, R, E>(
        &self,
        call: Call,
        target: Target,
        rule: impl Fn(&A, &mut Work<'_>) -> Result<(A, Vec<NewEvent>), E> + Send + Sync + 'static,
        reply: impl Fn(&A) -> R + Send + Sync + 'static,
    ) -> Result<Done<R>, RunError<E>>
    where
        A: Aggregate,
        R: Message + Default + 'static,
        E: Fault + From<NotFound>,
    {
        let Target { id, etag, fields } = target;
        let mut needs = Needs::default();
        match fields {
            Some(fields) => needs.load::<A>(id).etag_for(&etag, fields),
            None => needs.load::<A>(id).etag(&etag),
        }
        self.run_with(call, needs, move |work: &mut Work<'_>| {
            let before = work.get::<A>(id)?;
            let (after, events) = rule(&before, work)?;
            Ok(reply(&work.save(after, events)))
        })
        .await
    }
}
