//! ListProjections: every projection with how far it has come.

use kefu_api_reporting::v1::ListProjectionsResponse;

use super::get_projection;
use crate::{Error, Reporting};

pub async fn run(reporting: &Reporting) -> Result<ListProjectionsResponse, Error> {
    let mut projections = Vec::with_capacity(reporting.projections.len());
    for projected in &reporting.projections {
        projections.push(get_projection::shown(reporting, projected).await?);
    }
    projections.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(ListProjectionsResponse { projections })
}
