//! A ticket and its rows: one statement per table to load, only what changed to write.

use std::borrow::Cow;
use std::collections::HashMap;

use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Head, Id, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError, custom_field, deadline};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{episode, link, ticket};
use crate::domain::Ticket;
use crate::domain::ids::{CallId, DepartmentId, PersonId, TicketId};
use crate::domain::ticket::{Episode, Link, Requester, TicketClock};
use crate::domain::words::{Category, Channel, Level, LinkKind, Priority};
use crate::service::CLOCK_TIMER;

impl Aggregate for Ticket {
    const KIND: &'static str = "ticket";
    type Root = ticket::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots =
            ticket::Entity::find().filter(ids_in(ticket::Column::Id, ids)).all(reader).await?;
        with_parts(reader, roots).await
    }

    fn root(&self) -> ticket::Model {
        let episode = self.episode();
        ticket::Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            number: self.number,
            kind: self.kind.clone(),
            state: self.state.clone(),
            category: self.category.to_wire(),
            channel: self.channel.to_wire(),
            source: self.source.clone(),
            external_id: self.external_id.clone(),
            subject: self.subject.clone(),
            description: self.description.clone(),
            requester_name: self.requester.name.clone(),
            requester_phone: self.requester.phone.clone(),
            requester_email: self.requester.email.clone(),
            language: self.language.clone(),
            impact: self.impact.name().to_owned(),
            urgency: self.urgency.name().to_owned(),
            priority: self.priority.to_wire(),
            cause: self.cause.clone(),
            department_id: self.department.map(Id::uuid),
            assignee_id: self.assignee.map(Id::uuid),
            owner_id: self.owner.map(Id::uuid),
            hand_offs: self.hand_offs,
            episode: episode.number,
            breached: self.is_breached(),
            historic: self.historic,
            call_id: self.call.map(Id::uuid),
            created_by: self.created_by.clone(),
            due_at: millis(self.due_at()),
            first_replied_at: millis(episode.first_replied_at),
            solved_at: millis(episode.solved_at),
            closed_at: millis(self.closed_at),
            resolution: episode.resolution.clone(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let requester = &self.requester;
        let own = self.fields.iter().filter_map(|(code, value)| match value {
            FieldValue::Text(text) => Some((Cow::from(format!("fields.{code}")), text.as_str())),
            _ => None,
        });
        let common = [
            ("subject", &self.subject),
            ("description", &self.description),
            ("requester.name", &requester.name),
            ("requester.phone", &requester.phone),
            ("requester.email", &requester.email),
        ];
        common.into_iter().map(|(name, text)| (name.into(), text.as_str())).chain(own).collect()
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(CLOCK_TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        let none = Vec::new();
        rows.parts(&before.map_or_else(|| none.clone(), episodes), &episodes(after));
        let clocks = |ticket: &Self| deadline::rows(ticket.head.id, &ticket.clocks);
        rows.parts(&before.map_or_else(Vec::new, clocks), &clocks(after));
        rows.parts(&before.map_or_else(Vec::new, links), &links(after));
        let fields = |ticket: &Self| custom_field::rows(ticket.head.id, &ticket.fields);
        rows.parts(&before.map_or_else(Vec::new, fields), &fields(after));
    }
}

/// The tickets of these rows, in their order: one statement for each table of parts.
pub async fn with_parts(
    reader: &Reader,
    roots: Vec<ticket::Model>,
) -> Result<Vec<Ticket>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut parts = Parts::load(reader, &ids).await?;
    roots.into_iter().map(|root| parts.assemble(root)).collect()
}

/// The parts of several tickets, by ticket.
struct Parts {
    episodes: HashMap<Uuid, Vec<Episode>>,
    clocks: HashMap<Uuid, Vec<TicketClock>>,
    links: HashMap<Uuid, Vec<Link>>,
    fields: HashMap<Uuid, Fields>,
}

impl Parts {
    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Self, StoreError> {
        let mut parts = Self {
            episodes: HashMap::new(),
            clocks: HashMap::new(),
            links: HashMap::new(),
            fields: HashMap::new(),
        };
        let of_it = ids_in(episode::Column::TicketId, ids);
        let found = episode::Entity::find().filter(of_it).order_by_asc(episode::Column::Number);
        for row in found.all(reader).await? {
            parts.episodes.entry(row.ticket_id).or_default().push(episode_of(row));
        }
        parts.clocks = deadline::load(reader, ids).await?;
        let of_it = ids_in(link::Column::TicketId, ids);
        let found = link::Entity::find().filter(of_it).order_by_asc(link::Column::Place);
        for row in found.all(reader).await? {
            parts.links.entry(row.ticket_id).or_default().push(link_of(&row)?);
        }
        parts.fields = custom_field::load(reader, ids).await?;
        Ok(parts)
    }

    fn assemble(&mut self, row: ticket::Model) -> Result<Ticket, StoreError> {
        let episodes = self.episodes.remove(&row.id).unwrap_or_default();
        if episodes.is_empty() {
            return Err(broken("ticket without an episode"));
        }
        let level = |name: &str| word(Level::from_name(name), "level");
        Ok(Ticket {
            episodes,
            clocks: self.clocks.remove(&row.id).unwrap_or_default(),
            links: self.links.remove(&row.id).unwrap_or_default(),
            fields: self.fields.remove(&row.id).unwrap_or_default(),
            head: Head {
                id: row.id,
                version: row.version,
                branch: row.branch_id,
                created_at: Timestamp::from_millis(row.created_at),
                updated_at: Timestamp::from_millis(row.updated_at),
            },
            category: word(Category::from_wire(row.category), "category")?,
            channel: word(Channel::from_wire(row.channel), "channel")?,
            priority: word(Priority::from_wire(row.priority), "priority")?,
            impact: level(&row.impact)?,
            urgency: level(&row.urgency)?,
            number: row.number,
            kind: row.kind,
            state: row.state,
            source: row.source,
            external_id: row.external_id,
            subject: row.subject,
            description: row.description,
            requester: Requester {
                name: row.requester_name,
                phone: row.requester_phone,
                email: row.requester_email,
            },
            language: row.language,
            cause: row.cause,
            department: row.department_id.map(DepartmentId::from),
            assignee: row.assignee_id.map(PersonId::from),
            owner: row.owner_id.map(PersonId::from),
            hand_offs: row.hand_offs,
            call: row.call_id.map(CallId::from),
            historic: row.historic,
            created_by: row.created_by,
            closed_at: instant(row.closed_at),
        })
    }
}

fn word<T>(word: Option<T>, what: &str) -> Result<T, StoreError> {
    word.ok_or_else(|| broken(what))
}

fn episodes(ticket: &Ticket) -> Vec<episode::Model> {
    let row = |episode: &Episode| episode::Model {
        ticket_id: ticket.head.id,
        number: episode.number,
        opened_at: episode.opened_at.as_millis(),
        first_replied_at: millis(episode.first_replied_at),
        solved_at: millis(episode.solved_at),
        resolution: episode.resolution.clone(),
        reason: episode.reason.clone(),
        breached: episode.breached,
    };
    ticket.episodes.iter().map(row).collect()
}

fn episode_of(row: episode::Model) -> Episode {
    Episode {
        number: row.number,
        opened_at: Timestamp::from_millis(row.opened_at),
        first_replied_at: instant(row.first_replied_at),
        solved_at: instant(row.solved_at),
        resolution: row.resolution,
        reason: row.reason,
        breached: row.breached,
    }
}

fn links(ticket: &Ticket) -> Vec<link::Model> {
    let row = |(place, link): (i32, &Link)| link::Model {
        ticket_id: ticket.head.id,
        kind: link.kind.name().to_owned(),
        other_id: link.other.uuid(),
        place,
        created_at: link.created_at.as_millis(),
    };
    (0..).zip(&ticket.links).map(row).collect()
}

fn link_of(row: &link::Model) -> Result<Link, StoreError> {
    Ok(Link {
        kind: LinkKind::from_name(&row.kind).ok_or_else(|| broken("link's kind"))?,
        other: TicketId::from(row.other_id),
        created_at: Timestamp::from_millis(row.created_at),
    })
}
