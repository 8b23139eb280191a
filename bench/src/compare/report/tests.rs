use super::super::pin::Core;
use super::*;

fn run(connections: u32, proxy: Proxy, round: u32, cpu_us: f64) -> Run {
    let counted = Counted {
        requests: 150_000,
        seconds: 3.0,
        read_bytes: 160_000_000,
        requests_per_s: 50_000.0,
        failed_statuses: 0,
        socket_errors: 0,
        p50_us: 1200.0,
        p99_us: 2400.0,
    };
    let figures = Figures { cpu_us_per_request: cpu_us, core_busy: 0.75, counted };
    Run { connections, proxy, round, figures: Some(figures), invalid: None }
}

fn invalid(mut run: Run, reason: &str) -> Run {
    run.invalid = Some(reason.to_owned());
    run
}

fn report(runs: Vec<Run>, missing: Vec<Missing>) -> Report {
    let rows = rows(&runs);
    Report {
        scenario: "HTTP/1.1 keep-alive".to_owned(),
        taken_at: "2026-11-23T18:00:00Z".to_owned(),
        command: "postern-bench compare".to_owned(),
        commit: "0123456789ab".to_owned(),
        build: "release build".to_owned(),
        driver: "io_uring".to_owned(),
        machine: Machine {
            cpu: "CPU".to_owned(),
            cores: 2,
            kernel: "6.1 x86_64".to_owned(),
            proxy_core: Core(1),
            load_core: Core(0),
            origin_core: Core(0),
            shares_physical_core: false,
        },
        software: vec![Software { name: "nginx".to_owned(), version: "1.22".to_owned() }],
        missing,
        ratios: ratios(&rows),
        rows,
        runs,
    }
}

#[test]
fn invalid_runs_are_reported_and_left_out_of_the_medians() {
    let runs = vec![
        run(64, Proxy::Nginx, 1, 20.0),
        invalid(run(64, Proxy::Nginx, 2, 1.0), "3 answers with a failed status"),
        run(64, Proxy::Nginx, 3, 22.0),
    ];
    let report = report(runs, Vec::new());
    assert_eq!(report.rows[0].cpu_us_per_request.map(|s| (s.median, s.count)), Some((21.0, 2)));
    assert_eq!(report.invalid_runs(), 1);
    let page = report.markdown();
    assert!(page.contains("| 2 + 1 invalid |"), "{page}");
    assert!(page.contains("- 64 connections, nginx, round 2: 3 answers with a failed status"), "{page}");
}

#[test]
fn rows_are_grouped_by_connections_whatever_the_order_of_the_runs() {
    let runs = vec![
        run(64, Proxy::Relay, 1, 12.0),
        run(64, Proxy::Postern, 1, 13.0),
        run(256, Proxy::Relay, 1, 12.0),
        run(256, Proxy::Postern, 1, 13.0),
        run(64, Proxy::Postern, 2, 13.0),
    ];
    let order: Vec<_> = rows(&runs).iter().map(|row| (row.connections, row.proxy)).collect();
    let expected = [(64, Proxy::Postern), (64, Proxy::Relay), (256, Proxy::Postern), (256, Proxy::Relay)];
    assert_eq!(order, expected);
}

#[test]
fn a_bar_is_judged_by_the_ratio_of_medians() {
    let cases = [
        (16.0, 20.0, Proxy::Nginx, "above the design's bar"),
        (14.0, 20.0, Proxy::Nginx, "met"),
        (16.1, 20.0, Proxy::Nginx, "missed"),
        (17.1, 20.0, Proxy::Haproxy, "missed"),
        (15.0, 20.0, Proxy::Haproxy, "met"),
        (30.0, 20.0, Proxy::Relay, "above the design's bar"),
    ];
    for (own, other, peer, verdict) in cases {
        let runs = vec![run(64, Proxy::Postern, 1, own), run(64, peer, 1, other)];
        let ratios = ratios(&rows(&runs));
        assert_eq!(ratios.len(), 1, "{peer:?}");
        assert_eq!(ratios[0].verdict(), verdict, "{own} {other} {peer:?}");
    }
}

#[test]
fn what_was_not_measured_counts_as_missed() {
    let nothing = report(Vec::new(), Vec::new());
    assert_eq!(nothing.missed(), ["postern was not measured", "no result for nginx", "no result for haproxy"]);
    let runs = vec![run(64, Proxy::Postern, 1, 18.0), run(64, Proxy::Nginx, 1, 20.0), run(64, Proxy::Haproxy, 1, 30.0)];
    assert_eq!(report(runs, Vec::new()).missed(), ["64 connections: 0.90 × nginx"]);
}

#[test]
fn the_page_shows_ratios_missing_peers_and_the_setting() {
    let runs = vec![run(64, Proxy::Postern, 1, 13.0), run(64, Proxy::Nginx, 1, 20.0), run(64, Proxy::Direct, 1, 9.0)];
    let missing = vec![Missing { proxy: Proxy::Haproxy, reason: "haproxy is not installed".to_owned() }];
    let page = report(runs, missing).markdown();
    let expected = [
        "| postern | 13.0 | 13.0 – 13.0 | – | 50000 | 75 % | 1200 | 2400 | 1 |",
        "| nginx | 20.0 | 20.0 – 20.0 | 0.65 | 50000 | 75 % | 1200 | 2400 | 1 |",
        "| direct | 9.0 | 9.0 – 9.0 | – | 50000 | 75 % | 1200 | 2400 | 1 |",
        "| 64 | nginx | 0.65 | ≤ 0.80 | ≤ 0.70 | met |",
        "- haproxy: haproxy is not installed",
        "- proxy on core 1, load generator on core 0, origin on core 0\n",
        "- nginx: 1.22",
    ];
    for line in expected {
        assert!(page.contains(line), "{line}\n{page}");
    }
    let json = serde_json::to_value(report(vec![run(64, Proxy::HaproxyPlain, 1, 13.0)], Vec::new())).unwrap();
    assert_eq!(json["runs"][0]["proxy"], "haproxy-plain");
    assert_eq!(json["runs"][0]["figures"]["requests"], 150_000);
}
