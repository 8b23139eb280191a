//! Processes that die, and what the others do then.

use postern_tests::arm::marking_policy;
use postern_tests::chain::{Agent, Chain, GATEWAY};
use postern_tests::gateway::{Gateway, Options, STATUS_PATH};
use postern_tests::load::{Load, is_ok};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::wait;

/// Not ready with this text as the reason, and 503 with it for every request: never an empty 200.
fn assert_not_ready(gateway: &Gateway, reason: &str) {
    let status = wait::until(&format!("the reason {reason:?}"), || {
        let status = gateway.status();
        (status.status == 503 && status.text().to_lowercase().contains(reason)).then_some(status)
    });
    assert_eq!(gateway.get(STATUS_PATH, &[]).text(), status.text());
    wait::until("the reason on every worker", || {
        (0..16)
            .all(|_| {
                let answer = gateway.get("/shop/x", &[]);
                assert_eq!(answer.status, 503, "{}", answer.text());
                answer.text().to_lowercase().contains(reason)
            })
            .then_some(())
    });
}

fn start(driver: postern_tests::driver::Driver, origin: &Origin) -> Chain {
    Chain::start(driver, |arm| {
        arm.put_api(GATEWAY, "shop", &origin.url(), false);
        arm.put_policy("/apis/shop", &marking_policy("before"));
    })
}

on_both_drivers! {
    fn the_gateway_serves_on_when_management_and_agent_are_killed(driver) {
        let origin = Origin::start();
        let mut chain = start(driver, &origin);
        let load = Load::start(chain.gateway.http, 4, "/shop/x", &[], is_ok);
        load.wait_for_more(20);
        chain.management.process.kill();
        load.wait_for_more(20);
        chain.agent.process.kill();
        load.wait_for_more(200);
        assert!(!load.finish().unwrap().is_empty());
        assert_eq!(chain.gateway.status().status, 200);
        assert_eq!(chain.gateway.get("/shop/x", &[]).header("x-round"), Some("before"));
    }

    fn gateway_and_agent_serve_from_the_backup_while_management_is_down(driver) {
        let origin = Origin::start();
        let mut chain = start(driver, &origin);
        let backup = chain.backup();
        wait::until("the backup", || backup.join("backup.postern").is_file().then_some(()));
        chain.management.process.kill();
        chain.agent.process.kill();
        chain.restart_gateway();
        assert_eq!(chain.gateway.get("/shop/x", &[]).status, 503);
        let token = chain.token.clone();
        chain.restart_agent(&token, Some(&backup));
        chain.agent.wait_until_ready();
        let answer = chain.gateway.get("/shop/x", &[]);
        assert_eq!((answer.status, answer.header("x-round")), (200, Some("before")));
        assert_eq!(chain.gateway.status().status, 200);
        // Management is back: its changes arrive.
        chain.restart_management();
        chain.arm().put_policy("/apis/shop", &marking_policy("after"));
        wait::until("the change", || {
            (chain.gateway.get("/shop/x", &[]).header("x-round") == Some("after")).then_some(())
        });
    }

    fn a_restarted_gateway_is_given_its_configuration_by_the_running_agent(driver) {
        let origin = Origin::start();
        let mut chain = start(driver, &origin);
        chain.restart_gateway();
        wait::until("the configuration", || (chain.gateway.get("/shop/x", &[]).status == 200).then_some(()));
        chain.arm().put_policy("/apis/shop", &marking_policy("after"));
        wait::until("a change", || {
            (chain.gateway.get("/shop/x", &[]).header("x-round") == Some("after")).then_some(())
        });
    }

    fn the_backup_cannot_be_read_by_others_and_does_not_show_its_secrets(driver) {
        use std::os::unix::fs::PermissionsExt;
        let origin = Origin::start();
        let chain = start(driver, &origin);
        let backup = chain.backup();
        let bytes = wait::until("the backup", || std::fs::read(backup.join("backup.postern")).ok());
        assert!(!String::from_utf8_lossy(&bytes).contains("x-round"));
        assert!(!bytes.windows(6).any(|window| window == b"before"));
        for file in ["backup.postern", "backup.key"] {
            let mode = std::fs::metadata(backup.join(file)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{file}");
        }
    }

    fn without_backup_and_management_the_gateway_is_not_ready_and_says_so(driver) {
        let origin = Origin::start();
        let mut chain = start(driver, &origin);
        chain.management.process.kill();
        chain.agent.process.kill();
        chain.restart_gateway();
        let token = chain.token.clone();
        chain.restart_agent(&token, None);
        assert_not_ready(&chain.gateway, "endpoint");
        // It is not a dead end.
        chain.restart_management();
        chain.agent.wait_until_ready();
        assert_eq!(chain.gateway.get("/shop/x", &[]).status, 200);
    }

    fn with_an_expired_token_and_no_backup_the_gateway_is_not_ready_and_says_so(driver) {
        let origin = Origin::start();
        let mut chain = start(driver, &origin);
        // A token that was signed by the right key and is over: only its minute is past.
        let expired = expired_token(&chain);
        chain.agent.process.kill();
        chain.restart_gateway();
        chain.restart_agent(&expired, None);
        assert_not_ready(&chain.gateway, "expired");
        let events = chain.agent.process.events();
        assert!(events.contains("expired"), "{events}");
        let token = chain.token.clone();
        chain.restart_agent(&token, None);
        chain.agent.wait_until_ready();
        assert_eq!(chain.gateway.get("/shop/x", &[]).status, 200);
    }

    fn an_expired_token_takes_nothing_from_a_gateway_that_serves(driver) {
        let origin = Origin::start();
        let mut chain = start(driver, &origin);
        let expired = expired_token(&chain);
        chain.restart_agent(&expired, None);
        chain.agent.process.wait_for_event("expired");
        assert_eq!(chain.gateway.get("/shop/x", &[]).status, 200);
        assert_eq!(chain.gateway.status().status, 200);
    }

    fn a_wrong_token_is_told(driver) {
        let origin = Origin::start();
        let folder = tempfile::tempdir().unwrap();
        let mut chain = start(driver, &origin);
        let gateway = Gateway::in_folder(&Options::new(driver), folder.path());
        let (name, _) = chain.token.rsplit_once('&').unwrap();
        let forged = format!("{name}&{}", "A".repeat(86) + "==");
        let source = format!("endpoint:{}", chain.management.url());
        let mut agent = Agent::start(folder.path(), &gateway.socket, &[source], Some(&forged), None);
        assert_not_ready(&gateway, "token");
        assert!(agent.process.is_running() && chain.management.process.is_running());
    }
}

/// `generateToken` refuses a time in the past, so the token is signed here with the gateway's key.
fn expired_token(chain: &Chain) -> String {
    let keys = chain.arm().post(&format!("/gateways/{GATEWAY}/listKeys"), &serde_json::json!(null)).json();
    postern_tests::token::sign(GATEWAY, "202601010000", keys["primary"].as_str().unwrap())
}
