//! Dead letters as operators see them.

use kefu_api_common::v1::{
    Change, DeadLetter, DiscardDeadLetterRequest, DiscardDeadLetterResponse,
    ListDeadLettersRequest, ListDeadLettersResponse, ReplayDeadLettersRequest,
    ReplayDeadLettersResponse,
};
use kefu_api_common::wire;
use kefu_kernel::{Scope, Timestamp};
use kefu_kernel::id::{self, Uuid};
use prost::Message;

use super::{EventsApi, EventsError, needs_the_whole};
use crate::dead_letter;

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
        for letter in found.into_iter().take(usize::try_from(size).unwrap_or(usize::MAX)) {
            answer.dead_letters.push(self.shown(letter).await?);
        }
        if more && let Some(last) = answer.dead_letters.last() {
            answer.next_page_token.clone_from(&last.id);
        }
        Ok(answer)
    }

    /// Marks letters to be folded again by the loop that holds their partition.
    pub async fn replay_dead_letters(
        &self,
        scope: &Scope,
        request: ReplayDeadLettersRequest,
    ) -> Result<ReplayDeadLettersResponse, EventsError> {
        needs_the_whole(scope)?;
        let ids: Vec<Uuid> = request
            .dead_letter_ids
            .iter()
            .filter_map(|text| id::decode(PREFIX, text).ok())
            .collect();
        let found = dead_letter::replay(&self.store, &ids).await?;
        let known: Vec<String> = found.iter().map(|letter| id::encode(PREFIX, letter.id)).collect();
        let unknown =
            request.dead_letter_ids.into_iter().filter(|text| !known.contains(text)).collect();
        Ok(ReplayDeadLettersResponse { replayed_ids: known, unknown_ids: unknown })
    }

    /// Marks a letter to be given up.
    pub async fn discard_dead_letter(
        &self,
        scope: &Scope,
        request: DiscardDeadLetterRequest,
    ) -> Result<DiscardDeadLetterResponse, EventsError> {
        needs_the_whole(scope)?;
        let missing = || EventsError::NoSuchLetter(request.dead_letter_id.clone());
        let own = id::decode(PREFIX, &request.dead_letter_id).map_err(|_| missing())?;
        let letter = dead_letter::discard(&self.store, own).await?.ok_or_else(missing)?;
        tracing::info!(dead_letter = request.dead_letter_id, "a dead letter was discarded");
        Ok(DiscardDeadLetterResponse { dead_letter: Some(self.shown(letter).await?) })
    }

    async fn shown(&self, letter: dead_letter::DeadLetter) -> Result<DeadLetter, EventsError> {
        let parked = dead_letter::parked_behind(&self.store, &letter).await?;
        let event = Change::decode(letter.event.as_slice()).unwrap_or_default();
        let name = event.payload.as_ref().and_then(|any| any.type_url.rsplit('.').next());
        Ok(DeadLetter {
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
        })
    }
}
