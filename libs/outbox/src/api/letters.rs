//! Dead letters as operators see them.

use kefu_api_common::v1::{
    Change, DeadLetter, DiscardDeadLetterRequest, DiscardDeadLetterResponse,
    ListDeadLettersRequest, ListDeadLettersResponse, ReplayDeadLettersRequest,
    ReplayDeadLettersResponse,
};
use kefu_api_common::wire;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Call, Scope, Timestamp};
use kefu_store::runner::{Needs, RunError, Work};
use prost::Message;

use super::{EventsApi, EventsError, needs_the_whole};
use crate::dead_letter;
use crate::tables::decision;

const PREFIX: &str = "deadletter";
const DEFAULT_PAGE: u64 = 50;

impl EventsApi {
    /// A page of dead letters, oldest first.
    pub async fn list_dead_letters(
        &self,
        scope: &Scope,
        request: ListDeadLettersRequest,
    ) -> Result<ListDeadLettersResponse, EventsError> {
        needs_the_whole(scope)?;
        let after = match request.page_token.as_str() {
            "" => None,
            text => Some(id::decode(PREFIX, text).map_err(|_| EventsError::PageTokenInvalid)?),
        };
        let size = u64::try_from(request.page_size).ok().filter(|size| *size > 0);
        let size = size.unwrap_or(DEFAULT_PAGE);
        let projection = request.consumer.as_deref();
        let found = dead_letter::list(&self.store, projection, after, size + 1).await?;
        let more = found.len() as u64 > size;
        let mut answer = ListDeadLettersResponse::default();
        let mut page = found;
        page.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let parked = dead_letter::parked_behind(&self.store, &page).await?;
        answer.dead_letters = page.into_iter().zip(parked).map(shown).collect();
        if more && let Some(last) = answer.dead_letters.last() {
            answer.next_page_token.clone_from(&last.id);
        }
        Ok(answer)
    }

    /// Has letters folded again by the loop that holds their partition.
    pub async fn replay_dead_letters(
        &self,
        call: Call,
        request: ReplayDeadLettersRequest,
    ) -> Result<ReplayDeadLettersResponse, RunError<EventsError>> {
        needs_the_whole(&call.principal.scope).map_err(RunError::Refused)?;
        let ids: Vec<Uuid> = request
            .dead_letter_ids
            .iter()
            .filter_map(|text| id::decode(PREFIX, text).ok())
            .collect();
        let found = self.find(&ids).await?;
        let known: Vec<String> = found.iter().map(|letter| id::encode(PREFIX, letter.id)).collect();
        let unknown =
            request.dead_letter_ids.into_iter().filter(|text| !known.contains(text)).collect();
        let reply = ReplayDeadLettersResponse { replayed_ids: known, unknown_ids: unknown };
        let decide = move |work: &mut Work<'_>| {
            for letter in &found {
                work.append(&decided(work, letter.id, decision::REPLAY, ""));
            }
            Ok(reply.clone())
        };
        Ok(self.runner.run_with(call, Needs::default(), decide).await?.reply)
    }

    /// Gives a letter up.
    pub async fn discard_dead_letter(
        &self,
        call: Call,
        request: DiscardDeadLetterRequest,
    ) -> Result<DiscardDeadLetterResponse, RunError<EventsError>> {
        needs_the_whole(&call.principal.scope).map_err(RunError::Refused)?;
        let own = id::decode(PREFIX, &request.dead_letter_id).ok();
        let found = self.find(&own.into_iter().collect::<Vec<_>>()).await?;
        let parked = dead_letter::parked_behind(&self.store, &found).await;
        let parked = parked.map_err(|error| RunError::Refused(error.into()))?;
        let letter = found.into_iter().zip(parked).next();
        // Whether it is there is decided with the command: a repeat gets the first answer.
        let decide = move |work: &mut Work<'_>| {
            let Some((letter, parked)) = letter.clone() else {
                return Err(EventsError::NoSuchLetter(request.dead_letter_id.clone()));
            };
            work.append(&decided(work, letter.id, decision::DISCARD, &request.reason));
            Ok(DiscardDeadLetterResponse { dead_letter: Some(shown((letter, parked))) })
        };
        let done = self.runner.run_with(call, Needs::default(), decide).await?;
        if let Some(letter) = done.reply.dead_letter.as_ref().filter(|_| !done.replayed) {
            tracing::info!(dead_letter = letter.id, "a dead letter is discarded");
        }
        Ok(done.reply)
    }

    async fn find(
        &self,
        ids: &[Uuid],
    ) -> Result<Vec<dead_letter::DeadLetter>, RunError<EventsError>> {
        let found = dead_letter::find(&self.store, ids).await;
        found.map_err(|error| RunError::Refused(error.into()))
    }
}

fn decided(work: &Work<'_>, letter: Uuid, action: i16, reason: &str) -> decision::Model {
    decision::Model {
        id: work.new_id(),
        letter,
        action,
        decided_by: work.principal().id.clone(),
        decided_at: work.now().as_millis(),
        reason: reason.to_owned(),
    }
}

/// A letter with the number of events behind it, as operators see it.
fn shown((letter, parked): (dead_letter::DeadLetter, u64)) -> DeadLetter {
    let event = Change::decode(letter.event.as_slice()).unwrap_or_default();
    let name = event.payload.as_ref().and_then(|any| any.type_url.rsplit('.').next());
    DeadLetter {
        id: id::encode(PREFIX, letter.id),
        consumer: letter.consumer,
        source: letter.source,
        partition: i32::from(letter.partition),
        position: letter.position,
        r#type: name.unwrap_or_default().to_owned(),
        event_id: event.event_id,
        aggregate_id: event.aggregate_id,
        attempts: letter.attempts,
        error: letter.error,
        failed_at: Some(wire::timestamp(Timestamp::from_millis(letter.failed_at))),
        parked_events: i32::try_from(parked).unwrap_or(i32::MAX),
    }
}
