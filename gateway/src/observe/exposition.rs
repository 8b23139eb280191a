//! The numbers in Prometheus' text format: merged over workers here, rendered by metrics-exporter-prometheus.
//!
//! What must hold: every metric has one row in the tables below (docs/metrics.md lists the same), names and labels do not
//! change between versions, and only series that were used are shown. Plain numbers go through the exporter's recorder;
//! histograms are written with its formatting functions, because its own histograms want every sample while ours are
//! already counted into buckets.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::formatting::{sanitize_label_value, write_help_line, write_type_line};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::metrics::{ApiSum, Counter, DURATION_BUCKETS_US, DurationSum, Outcome, RequestCounts, STATUS_CLASSES};
use super::readiness::State;
use super::series::SeriesTable;
use super::state::ProcessState;

/// Content type of the text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A label's name and value.
type FixedLabel = (&'static str, &'static str);

/// A worker's plain counters: metric, and the label that tells siblings apart.
const COUNTERS: &[(Counter, &str, Option<FixedLabel>)] = &[
    (Counter::ConnectionsAccepted, "postern_connections_accepted_total", None),
    (Counter::ConnectionsRefused, "postern_connections_refused_total", None),
    (Counter::AcceptErrors, "postern_accept_errors_total", None),
    (Counter::HandshakesCompleted, "postern_tls_handshakes_total", Some(("result", "completed"))),
    (Counter::HandshakesFailed, "postern_tls_handshakes_total", Some(("result", "failed"))),
    (Counter::BytesReceived, "postern_received_bytes_total", Some(("peer", "caller"))),
    (Counter::UpstreamBytesReceived, "postern_received_bytes_total", Some(("peer", "backend"))),
    (Counter::BytesSent, "postern_sent_bytes_total", Some(("peer", "caller"))),
    (Counter::UpstreamBytesSent, "postern_sent_bytes_total", Some(("peer", "backend"))),
    (Counter::UpstreamConnects, "postern_backend_connects_total", None),
    (Counter::UpstreamConnectErrors, "postern_backend_connect_errors_total", None),
    (Counter::UpstreamReuses, "postern_backend_connection_reuses_total", None),
    (Counter::UpstreamRetries, "postern_backend_retries_total", None),
    (Counter::Panics, "postern_connection_panics_total", None),
    (Counter::RequestTimeouts, "postern_request_timeouts_total", None),
    (Counter::ProtocolErrors, "postern_protocol_errors_total", None),
    (Counter::RequestsAborted, "postern_requests_aborted_total", None),
    (Counter::IoReads, "postern_io_operations_total", Some(("operation", "read"))),
    (Counter::IoWrites, "postern_io_operations_total", Some(("operation", "write"))),
    (Counter::CacheHits, "postern_cache_lookups_total", Some(("result", "hit"))),
    (Counter::CacheMisses, "postern_cache_lookups_total", Some(("result", "miss"))),
    (Counter::CacheEvictions, "postern_cache_evictions_total", None),
    (Counter::QuotaRejections, "postern_quota_rejections_total", None),
    (Counter::EventsSent, "postern_events_total", Some(("result", "sent"))),
    (Counter::EventsDropped, "postern_events_total", Some(("result", "dropped"))),
    (Counter::OneWayDropped, "postern_one_way_dropped_total", None),
];

/// What each metric means; the one place for it.
pub const HELP: &[(&str, &str)] = &[
    ("postern_requests_total", "Requests by API, operation, status class and outcome."),
    ("postern_rate_limit_rejections_total", "Requests refused by a rate limit."),
    ("postern_request_duration_seconds", "First byte of a request read to last byte of its response written."),
    ("postern_backend_duration_seconds", "Time of a request spent with its backend: connect, send, wait, receive."),
    ("postern_gateway_duration_seconds", "Time of a request not spent with its backend."),
    ("postern_connections", "Open connections of callers."),
    ("postern_backend_connections", "Open connections to backends, idle ones included."),
    ("postern_connections_accepted_total", "Connections of callers accepted."),
    ("postern_connections_refused_total", "Connections closed at once because limits.connections-max were open."),
    ("postern_accept_errors_total", "Times that accepting a connection failed."),
    ("postern_tls_handshakes_total", "TLS handshakes of callers: completed, or failed or given up."),
    ("postern_received_bytes_total", "Bytes read from sockets."),
    ("postern_sent_bytes_total", "Bytes written to sockets."),
    ("postern_backend_connects_total", "Connections to backends established."),
    ("postern_backend_connect_errors_total", "Connections to backends that could not be established."),
    ("postern_backend_connection_reuses_total", "Requests sent on a connection from the pool."),
    ("postern_backend_retries_total", "Requests sent again because a pooled connection had died."),
    ("postern_connection_panics_total", "Connections ended by a panic of their task."),
    ("postern_request_timeouts_total", "Requests ended by one of the gateway's time limits."),
    ("postern_protocol_errors_total", "Requests refused as malformed."),
    ("postern_requests_aborted_total", "Requests whose caller went away before it had its response."),
    ("postern_io_operations_total", "Socket operations, to callers and backends."),
    ("postern_cache_lookups_total", "Look-ups in the cache by caching policies."),
    ("postern_cache_evictions_total", "Entries of the cache that had to go to make room."),
    ("postern_quota_rejections_total", "Requests refused because a quota was used up."),
    ("postern_one_way_dropped_total", "Requests of send-one-way-request for which there was no room."),
    ("postern_events_total", "Events of log-to-eventhub and send-service-bus-message: delivered, or dropped."),
    ("postern_emitted_metrics_total", "Values emitted by emit-metric, by metric and dimensions."),
    ("postern_emitted_metric_sum", "Sum of the values emitted by emit-metric, by metric and dimensions."),
    ("postern_emitted_dropped_total", "Values of emit-metric whose combination of dimensions found no room."),
    ("postern_access_log_records_total", "Access-log records by what became of them."),
    ("postern_worker_restarts_total", "Times a worker was started again after it ended unasked."),
    ("postern_worker_up", "1 while the worker answers its heartbeat."),
    ("postern_worker_config_generation", "Configuration generation the worker serves; 0 for none."),
    ("postern_config_generation", "Configuration generation in force; 0 for none."),
    ("postern_config_applied_timestamp_seconds", "When the configuration in force came into force."),
    (
        "postern_config_apply_seconds",
        "Time from the commit of the configuration in force to the last worker serving it.",
    ),
    ("postern_config_applies_total", "Generations delivered by the agent, by result."),
    ("postern_config_items", "Things in the configuration in force."),
    ("postern_config_diagnostics", "Problems found in the configuration in force."),
    ("postern_agent_connected", "1 while an agent is connected."),
    ("postern_ready", "1 while requests are served; the label says what the gateway is doing."),
    ("postern_driver_info", "I/O driver of each worker; always 1."),
    ("postern_build_info", "Version of the program; always 1."),
    ("process_start_time_seconds", "Start of the process, seconds since 1970."),
];

/// Everything as one page.
pub fn render(state: &ProcessState) -> String {
    let series = Arc::clone(&state.configuration().series);
    let page = Page { recorder: PrometheusBuilder::new().build_recorder() };
    for (name, help) in HELP {
        if name.ends_with("_total") {
            page.recorder.describe_counter(KeyName::from_const_str(name), None, (*help).into());
        } else {
            page.recorder.describe_gauge(KeyName::from_const_str(name), None, (*help).into());
        }
    }
    add_requests(&page, state, &series);
    add_workers(&page, state);
    add_configuration(&page, state);
    add_process(&page, state);
    let mut text = page.recorder.handle().render();
    write_durations(&mut text, state, &series);
    write_emitted(&mut text, state);
    text
}

struct Page {
    recorder: PrometheusRecorder,
}

const METADATA: Metadata<'static> = Metadata::new("postern", Level::INFO, None);

impl Page {
    fn counter(&self, name: &'static str, labels: Vec<Label>, value: u64) {
        self.recorder.register_counter(&Key::from_parts(name, labels), &METADATA).absolute(value);
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges are f64 in the format itself")]
    fn gauge(&self, name: &'static str, labels: Vec<Label>, value: u64) {
        self.gauge_f64(name, labels, value as f64);
    }

    fn gauge_f64(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA).set(value);
    }
}

fn label(name: &'static str, value: impl Into<String>) -> Label {
    Label::new(name, value.into())
}

fn add_requests(page: &Page, state: &ProcessState, series: &SeriesTable) {
    for (id, api, operation) in series.iter() {
        let mut sum = RequestCounts::default();
        state.workers.iter().for_each(|worker| worker.metrics.merge_requests(id, &mut sum));
        for (class, outcomes) in STATUS_CLASSES.iter().zip(sum) {
            for (outcome, count) in Outcome::ALL.iter().zip(outcomes).filter(|(_, count)| *count > 0) {
                let labels = vec![
                    label("api", api),
                    label("operation", operation),
                    label("class", *class),
                    label("outcome", outcome.name()),
                ];
                page.counter("postern_requests_total", labels, count);
            }
        }
    }
}

fn add_workers(page: &Page, state: &ProcessState) {
    for (index, worker) in state.workers.iter().enumerate() {
        let labels = || vec![label("worker", index.to_string())];
        for (counter, name, extra) in COUNTERS {
            let extra = extra.map(|(name, value)| label(name, value));
            page.counter(name, labels().into_iter().chain(extra).collect(), worker.metrics.value(*counter));
        }
        let (downstream, upstream) = worker.metrics.open();
        page.gauge("postern_connections", labels(), downstream);
        page.gauge("postern_backend_connections", labels(), upstream);
        page.gauge("postern_worker_up", labels(), u64::from(worker.alive.load(Ordering::Relaxed)));
        page.gauge("postern_worker_config_generation", labels(), worker.metrics.generation());
        page.counter("postern_worker_restarts_total", labels(), worker.restarts.load(Ordering::Relaxed).into());
        if let Some(driver) = worker.metrics.driver() {
            let labels = labels().into_iter().chain([label("driver", driver.name())]).collect();
            page.gauge("postern_driver_info", labels, 1);
        }
    }
}

fn add_configuration(page: &Page, state: &ProcessState) {
    let configuration = state.configuration();
    page.gauge("postern_config_generation", vec![], configuration.generation.unwrap_or(0));
    page.gauge("postern_config_applied_timestamp_seconds", vec![], configuration.applied_unix_s);
    page.gauge_f64("postern_config_apply_seconds", vec![], configuration.apply_time.as_secs_f64());
    for (kind, count) in [
        ("apis", configuration.apis),
        ("operations", configuration.operations),
        ("subscriptions", configuration.subscriptions),
    ] {
        page.gauge("postern_config_items", vec![label("kind", kind)], count as u64);
    }
    page.gauge("postern_config_diagnostics", vec![], configuration.diagnostics.len() as u64);
    for (result, count) in [("applied", &state.applied), ("rejected", &state.rejected)] {
        page.counter("postern_config_applies_total", vec![label("result", result)], count.load(Ordering::Relaxed));
    }
}

fn add_process(page: &Page, state: &ProcessState) {
    for (result, count) in
        [("written", &state.log.written), ("dropped", &state.log.dropped), ("failed", &state.log.failed)]
    {
        page.counter("postern_access_log_records_total", vec![label("result", result)], count.load(Ordering::Relaxed));
    }
    page.counter("postern_emitted_dropped_total", vec![], state.emitted.dropped());
    page.gauge("postern_agent_connected", vec![], u64::from(state.agent_connected.load(Ordering::Relaxed)));
    let readiness = state.readiness.state();
    page.gauge("postern_ready", vec![label("state", readiness.name())], u64::from(readiness == State::Ready));
    page.gauge("postern_build_info", vec![label("version", env!("CARGO_PKG_VERSION"))], 1);
    page.gauge("process_start_time_seconds", vec![], state.started_unix_s);
}

/// The histograms (by API), and the rate-limit rejections that are counted beside them.
fn write_durations(text: &mut String, state: &ProcessState, series: &SeriesTable) {
    let sums: Vec<(&str, ApiSum)> = series
        .apis()
        .map(|(api, name)| {
            let mut sum = ApiSum::default();
            state.workers.iter().for_each(|worker| worker.metrics.merge_api(api, &mut sum));
            (name, sum)
        })
        .filter(|(_, sum)| sum.total.buckets.iter().any(|&count| count > 0) || sum.rate_limited > 0)
        .collect();
    let mut write = |name: &str, durations: fn(&ApiSum) -> &DurationSum| {
        write_head(text, name, "histogram");
        for (api, sum) in &sums {
            write_histogram(text, name, &sanitize_label_value(api), durations(sum));
        }
        text.push('\n');
    };
    write("postern_request_duration_seconds", |sum| &sum.total);
    write("postern_backend_duration_seconds", |sum| &sum.backend);
    write("postern_gateway_duration_seconds", |sum| &sum.gateway);
    let name = "postern_rate_limit_rejections_total";
    write_head(text, name, "counter");
    for (api, sum) in &sums {
        write_sample(text, format_args!("{name}{{api=\"{}\"}} {}", sanitize_label_value(api), sum.rate_limited));
    }
}

/// What `emit-metric` emits. The labels are written already.
fn write_emitted(text: &mut String, state: &ProcessState) {
    let all = state.emitted.all();
    let name = "postern_emitted_metrics_total";
    write_head(text, name, "counter");
    for (labels, emission) in &all {
        write_sample(text, format_args!("{name}{{{labels}}} {}", emission.count));
    }
    text.push('\n');
    let name = "postern_emitted_metric_sum";
    write_head(text, name, "gauge");
    for (labels, emission) in &all {
        write_sample(text, format_args!("{name}{{{labels}}} {}", emission.sum));
    }
    text.push('\n');
}

fn write_head(text: &mut String, name: &str, kind: &str) {
    if let Some((_, help)) = HELP.iter().find(|(described, _)| *described == name) {
        write_help_line(text, name, None, None, help);
    }
    write_type_line(text, name, None, None, kind);
}

#[expect(clippy::cast_precision_loss, reason = "sums and bounds are f64 in the format itself")]
fn write_histogram(text: &mut String, name: &str, api: &str, durations: &DurationSum) {
    let mut cumulative = 0;
    for (index, count) in durations.buckets.iter().enumerate() {
        cumulative += count;
        match DURATION_BUCKETS_US.get(index) {
            Some(&bound) => {
                let bound = bound as f64 / 1e6;
                write_sample(text, format_args!("{name}_bucket{{api=\"{api}\",le=\"{bound}\"}} {cumulative}"));
            }
            None => write_sample(text, format_args!("{name}_bucket{{api=\"{api}\",le=\"+Inf\"}} {cumulative}")),
        }
    }
    let sum = durations.sum_us as f64 / 1e6;
    write_sample(text, format_args!("{name}_sum{{api=\"{api}\"}} {sum}"));
    write_sample(text, format_args!("{name}_count{{api=\"{api}\"}} {cumulative}"));
}

fn write_sample(text: &mut String, sample: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{sample}");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::observe::log_writer::LogCounts;
    use crate::observe::metrics::RequestSample;
    use crate::observe::series::SeriesId;

    fn state() -> (ProcessState, SeriesId) {
        let state = ProcessState::new(2, Arc::default(), Arc::new(LogCounts::default()));
        let id = SeriesTable::assign(&mut state.configuration().series, "orders\"x", "list");
        (state, id)
    }

    fn request(series: SeriesId) -> RequestSample {
        RequestSample { series, status: 200, outcome: Outcome::Forwarded, total_us: 1_500, backend_us: Some(1_000) }
    }

    #[test]
    fn requests_of_all_workers_are_one_number() {
        let (state, id) = state();
        state.workers[0].metrics.request(&request(id));
        state.workers[1].metrics.request(&request(id));
        let text = render(&state);
        let line =
            "postern_requests_total{api=\"orders\\\"x\",operation=\"list\",class=\"2xx\",outcome=\"forwarded\"} 2";
        assert!(text.lines().any(|found| found == line), "{text}");
    }

    #[test]
    fn histograms_are_cumulative_and_end_with_every_sample() {
        let (state, id) = state();
        state.workers[0].metrics.request(&request(id));
        let text = render(&state);
        let value = |start: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(start));
            line.map_or_else(|| panic!("{start} is not in {text}"), |value| value.trim().to_owned())
        };
        let name = "postern_request_duration_seconds";
        assert_eq!(value(&format!("{name}_bucket{{api=\"orders\\\"x\",le=\"0.001\"}}")), "0");
        assert_eq!(value(&format!("{name}_bucket{{api=\"orders\\\"x\",le=\"0.0025\"}}")), "1");
        assert_eq!(value(&format!("{name}_bucket{{api=\"orders\\\"x\",le=\"300\"}}")), "1");
        assert_eq!(value(&format!("{name}_bucket{{api=\"orders\\\"x\",le=\"+Inf\"}}")), "1");
        assert_eq!(value(&format!("{name}_count{{api=\"orders\\\"x\"}}")), "1");
        assert_eq!(value(&format!("{name}_sum{{api=\"orders\\\"x\"}}")), "0.0015");
        assert_eq!(value("postern_gateway_duration_seconds_sum{api=\"orders\\\"x\"}"), "0.0005");
        assert_eq!(value(&format!("# TYPE {name}")), "histogram");
    }

    #[test]
    fn every_metric_shown_is_described_and_typed_once() {
        let (state, id) = state();
        state.workers[0].metrics.request(&request(id));
        state.workers[0].metrics.rate_limited(id);
        state.workers[0].metrics.set_driver(crate::worker::Driver::Epoll);
        let text = render(&state);
        let described: BTreeSet<_> = HELP.iter().map(|(name, _)| *name).collect();
        let mut typed = BTreeSet::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let name = line.split(' ').next().unwrap();
            assert!(described.contains(name), "{name} has no help");
            assert!(text.contains(&format!("# HELP {name} ")), "{name} shows no help");
            assert!(typed.insert(name.to_owned()), "{name} is there twice");
        }
        assert_eq!(typed.len(), described.len(), "a described metric is not shown");
    }

    #[test]
    fn the_documentation_lists_every_metric_and_no_other() {
        let page = include_str!("../../../docs/metrics.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let listed: BTreeSet<_> = rows
            .filter(|(_, rest)| ["counter", "gauge", "histogram"].iter().any(|kind| rest.starts_with(kind)))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(listed, HELP.iter().map(|(name, _)| *name).collect());
    }

    #[test]
    fn unused_series_are_not_shown() {
        let (state, _) = state();
        assert!(!render(&state).contains("operation=\"list\""));
    }
}
