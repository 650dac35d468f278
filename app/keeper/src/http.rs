//! `/metrics` for Prometheus and `/healthz` for whatever restarts the keeper.
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::KeeperConfig;
use crate::health::KeeperHealth;
use crate::metrics::KeeperMetrics;

/// How Prometheus names its text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the answers are made of.
#[derive(Clone)]
pub struct HttpState {
    /// What it was told.
    pub told: Arc<KeeperConfig>,
    /// What is counted.
    pub metrics: Arc<KeeperMetrics>,
    /// What was seen.
    pub health: Arc<KeeperHealth>,
}

/// The routes.
pub fn routes(state: HttpState) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .with_state(state)
}

/// Answers at this address until it is stopped.
///
/// Errors: an address that cannot be listened at.
pub async fn serve(listener: TcpListener, state: HttpState, stop: CancellationToken) -> Result<()> {
    axum::serve(listener, routes(state))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
        .context("the HTTP server ended")
}

/// Takes the address.
///
/// Errors: one that is taken already.
pub async fn listen(told: &KeeperConfig) -> Result<TcpListener> {
    let at = told.http.listen;
    let listener = TcpListener::bind(at).await;
    listener.with_context(|| format!("http.listen {at} cannot be listened at; choose another"))
}

async fn metrics(State(state): State<HttpState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], state.metrics.text())
}

async fn healthz(State(state): State<HttpState>) -> impl IntoResponse {
    let told = &state.told;
    let report = state
        .health
        .report(&told.http, told.timing.scan_every, Instant::now());
    let status = if report.ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report))
}
