//! The RPCs of reporting; each has a file of its name.

mod get_live_board;
mod get_projection;
mod get_report;
mod list_daily_complaints;
mod list_metrics;
mod list_projections;
mod list_report_definitions;
mod query_metrics;
mod rebuild_projection;
mod watch_live_board;

use kefu_api_reporting::v1::metrics_service_server::MetricsService;
use kefu_api_reporting::v1::projections_service_server::ProjectionsService;
use kefu_api_reporting::v1::reporting_service_server::ReportingService;
use kefu_api_reporting::v1::{
    GetLiveBoardRequest, GetProjectionRequest, GetReportRequest, ListDailyComplaintsRequest,
    ListDailyComplaintsResponse, ListMetricsRequest, ListMetricsResponse, ListProjectionsRequest,
    ListProjectionsResponse, ListReportDefinitionsRequest, ListReportDefinitionsResponse,
    LiveBoard, Projection, QueryMetricsRequest, QueryMetricsResponse, RebuildProjectionRequest,
    Report, WatchLiveBoardRequest, WatchLiveBoardResponse,
};
use kefu_rpc::{Answer, Replies, command, query, watch};
use tonic::Request;

use crate::{Error, Projected, Reporting};

#[tonic::async_trait]
impl ReportingService for Reporting {
    async fn get_live_board(&self, request: Request<GetLiveBoardRequest>) -> Answer<LiveBoard> {
        query(request, |call, message| get_live_board::run(self, call, message)).await
    }

    type WatchLiveBoardStream = Replies<WatchLiveBoardResponse>;

    async fn watch_live_board(
        &self,
        request: Request<WatchLiveBoardRequest>,
    ) -> Answer<Self::WatchLiveBoardStream> {
        watch(request, |call, message| watch_live_board::run(self, call, message)).await
    }

    async fn list_daily_complaints(
        &self,
        request: Request<ListDailyComplaintsRequest>,
    ) -> Answer<ListDailyComplaintsResponse> {
        query(request, |call, message| list_daily_complaints::run(self, call, message)).await
    }

    async fn list_report_definitions(
        &self,
        request: Request<ListReportDefinitionsRequest>,
    ) -> Answer<ListReportDefinitionsResponse> {
        query(request, async |_, _| Ok::<_, Error>(list_report_definitions::run(self))).await
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Answer<Report> {
        query(request, |call, message| get_report::run(self, call, message)).await
    }
}

#[tonic::async_trait]
impl MetricsService for Reporting {
    async fn list_metrics(
        &self,
        request: Request<ListMetricsRequest>,
    ) -> Answer<ListMetricsResponse> {
        query(request, async |_, _| Ok::<_, Error>(list_metrics::run(self))).await
    }

    async fn query_metrics(
        &self,
        request: Request<QueryMetricsRequest>,
    ) -> Answer<QueryMetricsResponse> {
        query(request, |call, message| query_metrics::run(self, call, message)).await
    }
}

#[tonic::async_trait]
impl ProjectionsService for Reporting {
    async fn list_projections(
        &self,
        request: Request<ListProjectionsRequest>,
    ) -> Answer<ListProjectionsResponse> {
        query(request, |_, _| list_projections::run(self)).await
    }

    async fn get_projection(&self, request: Request<GetProjectionRequest>) -> Answer<Projection> {
        query(request, |_, message| get_projection::run(self, message)).await
    }

    async fn rebuild_projection(
        &self,
        request: Request<RebuildProjectionRequest>,
    ) -> Answer<Projection> {
        command(request, |call, message| rebuild_projection::run(self, call, message)).await
    }
}

impl Reporting {
    /// The projection of that name, with its log.
    pub(crate) fn projected(&self, name: &str) -> Option<Projected> {
        self.projections.iter().find(|one| one.projection.name() == name).cloned()
    }
}
