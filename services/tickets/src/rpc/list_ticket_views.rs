//! ListTicketViews: the shipped views.

use kefu_api_tickets::v1::{ListTicketViewsResponse, TicketView};

use crate::views::VIEWS;

pub fn run() -> ListTicketViewsResponse {
    let shown = VIEWS.iter().map(|view| TicketView {
        code: view.code.to_owned(),
        names: view
            .names
            .iter()
            .map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned()))
            .collect(),
        filter: view.filter.to_owned(),
        order_by: view.order_by.to_owned(),
    });
    ListTicketViewsResponse { views: shown.collect() }
}
