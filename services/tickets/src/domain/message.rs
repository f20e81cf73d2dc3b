//! A contribution to a ticket's conversation. It never changes.

use kefu_kernel::Timestamp;

use super::ids::{MessageId, TicketId};
use super::words::{Channel, MessageKind};

/// A public reply, an internal note, or what the customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The ticket that it is kept with.
    pub ticket: TicketId,
    /// Who speaks, to whom.
    pub kind: MessageKind,
    /// By which way it came or went.
    pub channel: Channel,
    /// Who wrote it: a principal's id; for the customer's own, who recorded it.
    pub author: String,
    /// The text. Personal data.
    pub body: String,
    /// From where it came, where the customer's message came from elsewhere than the ticket.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// When it was said or sent.
    pub sent_at: Timestamp,
    /// The episode in which it came.
    pub episode: i32,
}
