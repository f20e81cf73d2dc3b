//! The subjects that events travel under: `kefu.<service>.<partition>.<aggregate type>.<event>`.
//!
//! The partition has two digits, 00 to 15. A public contract, fixed in v1.

use kefu_kernel::PARTITIONS;

/// The parts of an event's subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The owning service, `tickets`.
    pub service: &'a str,
    /// 0 to 15.
    pub partition: u8,
    /// `ticket`.
    pub aggregate_type: &'a str,
    /// The event's short name, `TicketAssigned`.
    pub event: &'a str,
}

impl<'a> Subject<'a> {
    /// Reads a subject; none where it is not one of ours.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut tokens = text.split('.');
        let mut next = || tokens.next().filter(|token| is_token(token));
        if next()? != "kefu" {
            return None;
        }
        let (service, partition, aggregate_type, event) = (next()?, next()?, next()?, next()?);
        let partition = (partition.len() == 2).then(|| partition.parse().ok()).flatten()?;
        let complete = tokens.next().is_none() && partition < PARTITIONS;
        complete.then_some(Self { service, partition, aggregate_type, event })
    }

    /// Its text; none where a part is not a token.
    pub fn text(&self) -> Option<String> {
        let Self { service, partition, aggregate_type, event } = self;
        let fit = [service, aggregate_type, event].iter().all(|token| is_token(token));
        (fit && *partition < PARTITIONS)
            .then(|| format!("kefu.{service}.{partition:02}.{aggregate_type}.{event}"))
    }
}

/// All subjects of a service.
pub fn of_service(service: &str) -> String {
    format!("kefu.{service}.>")
}

/// All subjects of one partition of a service.
pub fn of_partition(service: &str, partition: u8) -> String {
    format!("kefu.{service}.{partition:02}.>")
}

/// Whether a text can be a part of a subject, and of a stream's or consumer's name.
pub fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_survives_its_text() {
        let subject = Subject {
            service: "tickets",
            partition: 7,
            aggregate_type: "ticket",
            event: "TicketAssigned",
        };
        let text = subject.text().unwrap();
        assert_eq!(text, "kefu.tickets.07.ticket.TicketAssigned");
        assert_eq!(Subject::parse(&text), Some(subject));
    }

    #[test]
    fn what_is_no_subject_is_refused() {
        for text in [
            "kefu.tickets.7.ticket.TicketAssigned",
            "kefu.tickets.16.ticket.TicketAssigned",
            "kefu.tickets.07.ticket",
            "kefu.tickets.07.ticket.Ticket.Assigned",
            "kefu.tickets.07.*.TicketAssigned",
            "other.tickets.07.ticket.TicketAssigned",
            "",
        ] {
            assert_eq!(Subject::parse(text), None, "{text}");
        }
    }
}
