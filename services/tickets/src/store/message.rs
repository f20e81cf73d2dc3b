//! The conversation of tickets: rows that are added and never changed.

use kefu_kernel::{Id, Timestamp};
use kefu_store::migrate::columns::*;
use kefu_store::row::broken;
use kefu_store::{Schema, StoreError};
use sea_orm::entity::prelude::*;

use crate::domain::Message;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::words::{Channel, MessageKind};

/// One contribution.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_message")]
pub struct Model {
    /// The message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The ticket that it is kept with.
    pub ticket_id: Uuid,
    /// Who speaks, to whom.
    pub kind: String,
    /// By which way it came or went.
    pub channel: String,
    /// Who wrote or recorded it.
    pub author: String,
    /// The text. Personal.
    pub body: String,
    /// From where it came.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// When it was said or sent.
    pub sent_at: i64,
    /// The episode in which it came.
    pub episode: i32,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("ticket_message")
            .col(uuid("id"))
            .col(uuid("ticket_id"))
            .col(text("kind"))
            .col(text("channel"))
            .col(text("author"))
            .col(text("body"))
            .col(text("source"))
            .col(text_null("external_id"))
            .col(big_integer("sent_at"))
            .col(integer("episode"))
            .primary_key(Index::create().col("id")),
    );
    schema.index("ticket_message", &["ticket_id", "sent_at", "id"]);
}

impl Model {
    /// The row of a message.
    pub fn of(message: &Message) -> Self {
        Self {
            id: message.id.uuid(),
            ticket_id: message.ticket.uuid(),
            kind: message.kind.name().to_owned(),
            channel: message.channel.name().to_owned(),
            author: message.author.clone(),
            body: message.body.clone(),
            source: message.source.clone(),
            external_id: message.external_id.clone(),
            sent_at: message.sent_at.as_millis(),
            episode: message.episode,
        }
    }

    /// The message that the row keeps.
    pub fn message(self) -> Result<Message, StoreError> {
        Ok(Message {
            id: MessageId::from(self.id),
            ticket: TicketId::from(self.ticket_id),
            kind: MessageKind::from_name(&self.kind).ok_or_else(|| broken("message's kind"))?,
            channel: Channel::from_name(&self.channel).ok_or_else(|| broken("channel"))?,
            author: self.author,
            body: self.body,
            source: self.source,
            external_id: self.external_id,
            sent_at: Timestamp::from_millis(self.sent_at),
            episode: self.episode,
        })
    }
}
