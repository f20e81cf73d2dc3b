//! ListTicketTypes: the types of tickets, as data declares them.

use kefu_api_tickets::v1::{ListTicketTypesResponse, TicketState, TicketTransition, TicketType};

use crate::domain::types;
use crate::domain::words::Category;
use crate::service::Tickets;

pub fn run(tickets: &Tickets) -> ListTicketTypesResponse {
    ListTicketTypesResponse { types: tickets.rules.types().iter().map(shown).collect() }
}

fn shown(kind: &types::TicketType) -> TicketType {
    let states = kind.states.iter().map(|state| TicketState {
        code: state.code.clone(),
        names: state.names.clone(),
        category: state.category.to_wire(),
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
        fields: kind.fields.iter().map(Into::into).collect(),
    }
}
