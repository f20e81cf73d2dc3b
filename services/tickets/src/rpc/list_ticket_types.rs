//! ListTicketTypes: the types of tickets, as data declares them.

use kefu_api_events::v1 as words;
use kefu_api_tickets::v1::{
    FieldKind, ListTicketTypesResponse, TicketField, TicketState, TicketTransition, TicketType,
};

use crate::domain::types;
use crate::domain::words::Category;
use crate::domain::{self};
use crate::service::Tickets;

pub fn run(tickets: &Tickets) -> ListTicketTypesResponse {
    let rules = tickets.rules.load();
    ListTicketTypesResponse { types: rules.types().iter().map(shown).collect() }
}

fn shown(kind: &types::TicketType) -> TicketType {
    let states = kind.states.iter().map(|state| TicketState {
        code: state.code.clone(),
        names: state.names.clone(),
        category: words::StatusCategory::from(state.category).into(),
    });
    let transitions = kind.transitions.iter().flat_map(|way| {
        way.from.iter().map(|from| TicketTransition {
            from: from.clone(),
            to: way.to.clone(),
            permission: way.permission.clone(),
            required_fields: way.required_fields.clone(),
        })
    });
    let initial = kind.first(Category::New).map(|state| state.code.clone());
    TicketType {
        code: kind.code.clone(),
        names: kind.names.clone(),
        states: states.collect(),
        initial_state: initial.unwrap_or_default(),
        transitions: transitions.collect(),
        fields: kind.fields.iter().map(field).collect(),
    }
}

fn field(spec: &domain::field::FieldSpec) -> TicketField {
    let kind = match spec.kind {
        domain::field::FieldKind::Text => FieldKind::Text,
        domain::field::FieldKind::Choice => FieldKind::Choice,
        domain::field::FieldKind::Integer => FieldKind::Integer,
        domain::field::FieldKind::Flag => FieldKind::Flag,
        domain::field::FieldKind::Time => FieldKind::Time,
    };
    TicketField {
        code: spec.code.clone(),
        names: spec.names.clone(),
        kind: kind.into(),
        choices: spec.choices.clone(),
        filterable: spec.filterable,
        required: spec.required,
    }
}
