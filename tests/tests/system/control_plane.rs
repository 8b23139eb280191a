//! From the operator's PUT to the caller's answer: the whole chain.

use std::time::Instant;

use postern_tests::arm::{Arm, marking_policy};
use postern_tests::chain::{Agent, Chain, GATEWAY};
use postern_tests::client::Client;
use postern_tests::limits::POLICY_IN_FORCE;
use postern_tests::load::{Load, is_ok};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::wait;
use serde_json::json;

/// Asks on connections of both workers until all of them see `round`; the time since `since`.
fn wait_for_round(clients: &mut [Client], round: usize, since: Instant) -> std::time::Duration {
    let wanted = round.to_string();
    wait::until(&format!("round {round} on every worker"), || {
        let seen = clients.iter_mut().all(|client| {
            let answer = client.get("/shop/x", &[]);
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.header("x-round") == Some(wanted.as_str())
        });
        seen.then(|| since.elapsed())
    })
}

/// Keep-alive connections on every worker of the gateway.
fn clients_on_every_worker(chain: &Chain) -> Vec<Client> {
    let mut clients = Vec::new();
    let on = |worker: &str| chain.gateway.metrics().sum("postern_connections_accepted_total", &[("worker", worker)]);
    while clients.len() < 4 || on("0") < 1.0 || on("1") < 1.0 {
        let mut client = chain.gateway.client();
        client.get("/shop/x", &[]);
        clients.push(client);
    }
    clients
}

fn ann(state: &str) -> serde_json::Value {
    json!({ "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com", "note": "pays on time", "state": state })
}

fn shop(arm: &Arm, origin: &Origin) {
    arm.put_api(GATEWAY, "shop", &origin.url(), false);
}

on_both_drivers! {
    fn what_the_operator_defines_is_what_the_caller_gets(driver) {
        let origin = Origin::start();
        let chain = Chain::start(driver, |arm| {
            arm.put_api(GATEWAY, "shop", &origin.url(), true);
            arm.put("/namedValues/greeting", &json!({ "displayName": "greeting", "value": "hello", "secret": true }));
            arm.put_policy(
                "",
                "<policies><inbound><set-header name=\"X-Global\"><value>{{greeting}}</value></set-header></inbound>\
                 <backend><forward-request/></backend><outbound/><on-error/></policies>",
            );
            let product = json!({ "displayName": "Starter", "subscriptionRequired": true, "state": "published" });
            arm.put("/products/starter", &product);
            arm.put("/products/starter/apis/shop", &json!({}));
            arm.put_policy("/products/starter", &marking_policy("product"));
            arm.put("/subscriptions/alice", &json!({ "displayName": "Alice", "scope": "/products/starter", "state": "active" }));
        });
        let keys = chain.arm().post("/subscriptions/alice/listSecrets", &json!(null)).json();
        let key = keys["primaryKey"].as_str().unwrap();
        let answer = chain.gateway.get("/shop/x", &[("Ocp-Apim-Subscription-Key", key)]);
        assert_eq!((answer.status, answer.header("x-round")), (200, Some("product")));
        assert_eq!(origin.seen()[0].header("x-global").as_deref(), Some("hello"));
        assert_eq!(chain.gateway.get("/shop/x", &[]).status, 401);
        // A regenerated key replaces the old one.
        chain.arm().post("/subscriptions/alice/regeneratePrimaryKey", &json!(null));
        wait::until("the old key refused", || {
            (chain.gateway.get("/shop/x", &[("Ocp-Apim-Subscription-Key", key)]).status == 401).then_some(())
        });
        let keys = chain.arm().post("/subscriptions/alice/listSecrets", &json!(null)).json();
        let key = keys["primaryKey"].as_str().unwrap();
        assert_eq!(chain.gateway.get("/shop/x", &[("Ocp-Apim-Subscription-Key", key)]).status, 200);
        // What is deleted is gone.
        chain.arm().delete("/apis/shop");
        wait::until("404", || {
            (chain.gateway.get("/shop/x", &[("Ocp-Apim-Subscription-Key", key)]).status == 404).then_some(())
        });
    }

    fn policies_see_the_callers_user_with_groups_and_the_product_and_a_blocked_user_calls_nothing(driver) {
        let origin = Origin::start();
        let chain = Chain::start(driver, |arm| {
            arm.put_api(GATEWAY, "shop", &origin.url(), true);
            arm.put_api(GATEWAY, "stock", &origin.url(), true);
            arm.put("/users/ann", &ann("active"));
            arm.put("/groups/partners", &json!({ "displayName": "Partners" }));
            arm.put("/groups/partners/users/ann", &json!({}));
            let product = json!({ "displayName": "Gold", "subscriptionRequired": true, "approvalRequired": true,
                "subscriptionsLimit": 7, "state": "published" });
            arm.put("/products/gold", &product);
            arm.put("/products/gold/groups/partners", &json!({}));
            arm.put("/products/gold/apis/shop", &json!({}));
            arm.put("/products/gold/apis/stock", &json!({}));
            let subscription = json!({ "displayName": "Ann", "scope": "/products/gold", "state": "active",
                "ownerId": "/users/ann", "primaryKey": "anns-own-key" });
            arm.put("/subscriptions/ann", &subscription);
            arm.put_policy("/apis/shop", r#"<policies><inbound><base/><return-response><set-body>@{
                var user = context.User;
                var product = context.Product;
                return string.Join("|", user.Id, user.Email, user.FirstName, user.LastName, user.Note,
                    string.Join(",", user.Groups.Select(g => g.Id + "=" + g.Name)),
                    string.Join(",", user.Identities.Select(i => i.Provider + "=" + i.Id)),
                    product.SubscriptionLimit, product.ApprovalRequired,
                    string.Join(",", product.Groups.Select(g => g.Name)),
                    string.Join(",", product.Apis.Select(a => a.Id + " at " + a.Path + " by " + a.SubscriptionKeyParameterNames.Header)));
            }</set-body></return-response></inbound></policies>"#);
        });
        let call = || chain.gateway.get("/shop/x", &[("Ocp-Apim-Subscription-Key", "anns-own-key")]);
        let answer = call();
        let header = "Ocp-Apim-Subscription-Key";
        let expected = format!("ann|ann@example.com|Ann|Lee|pays on time|developers=Developers,partners=Partners|Basic=ann@example.com|7|True|\
            Administrators,Partners|shop at shop by {header},stock at stock by {header}");
        assert_eq!((answer.status, answer.text()), (200, expected));
        chain.arm().put("/users/ann", &ann("blocked"));
        wait::until("the blocked user's key refused", || (call().status == 401).then_some(()));
        chain.arm().put("/users/ann", &ann("active"));
        wait::until("the key accepted again", || (call().status == 200).then_some(()));
        chain.arm().put("/groups/partners", &json!({ "displayName": "Allies" }));
        wait::until("the group's new name", || call().text().contains("partners=Allies").then_some(()));
    }

    fn a_changed_policy_is_in_force_on_every_worker_within_a_second(driver) {
        let origin = Origin::start();
        let chain = Chain::start(driver, |arm| shop(arm, &origin));
        let mut clients = clients_on_every_worker(&chain);
        let mut times = Vec::new();
        for round in 0..5 {
            let since = Instant::now();
            chain.arm().put_policy("/apis/shop", &marking_policy(&round.to_string()));
            times.push(wait_for_round(&mut clients, round, since));
        }
        // The median: one hiccup of a loaded machine is not what the figure is about.
        times.sort();
        assert!(times[2] < POLICY_IN_FORCE, "{times:?}");
    }

    fn a_hundred_changes_under_load_fail_no_request_and_reset_no_connection(driver) {
        let origin = Origin::start();
        let chain = Chain::start(driver, |arm| shop(arm, &origin));
        let mut clients = clients_on_every_worker(&chain);
        let load = Load::start(chain.gateway.http, 6, "/shop/x", &[], is_ok);
        load.wait_for_more(20);
        for round in 0..100 {
            chain.arm().put_policy("/apis/shop", &marking_policy(&round.to_string()));
            load.wait_for_more(5);
        }
        wait_for_round(&mut clients, 99, Instant::now());
        let all = load.finish().unwrap();
        assert!(all.len() >= 520, "{}", all.len());
    }

    fn one_broken_policy_among_a_hundred_apis_stops_only_its_own_api(driver) {
        let origin = Origin::start();
        let chain = Chain::start(driver, |arm| {
            for number in 0..100 {
                arm.put_api(GATEWAY, &format!("api{number}"), &origin.url(), false);
            }
            // Management accepts it (the value comes later); the agent finds that it names nothing.
            arm.put("/namedValues/limit", &json!({ "displayName": "limit", "value": "5" }));
            arm.put_policy(
                "/apis/api42",
                "<policies>\n<inbound>\n<base/>\n  <rate-limit calls=\"{{limit}}\" renewal-period=\"60\"/>\n\
                 </inbound>\n<backend><base/></backend><outbound><base/></outbound><on-error><base/></on-error></policies>",
            );
            arm.put("/namedValues/limit", &json!({ "displayName": "limit", "value": "five" }));
        });
        for number in 0..100 {
            let answer = chain.gateway.get(&format!("/api{number}/x"), &[]);
            if number == 42 {
                assert_ne!(answer.status, 200);
            } else {
                assert_eq!(answer.status, 200, "api{number}");
            }
        }
        // Never past its policy.
        assert_eq!(origin.seen().len(), 99);
        let event = chain.agent.process.wait_for_event("/apis/api42/policies/policy");
        // Scope, line, column and reason.
        for part in ["line=4", "column=", "calls"] {
            assert!(event.contains(part), "{part} in {event}");
        }
        let instance = wait::until("the diagnostic in the gateway's state", || {
            let list = chain.arm().get(&format!("/gateways/{GATEWAY}/instances"));
            let instance = list["value"].get(0)?.clone();
            let diagnostics = instance["properties"]["diagnostics"].as_array()?.clone();
            (!diagnostics.is_empty()).then_some(instance)
        });
        let diagnostic = &instance["properties"]["diagnostics"][0];
        assert!(diagnostic["scope"].as_str().unwrap().contains("api42"), "{diagnostic}");
        assert_eq!(diagnostic["line"], 4, "{diagnostic}");
        assert!(diagnostic["column"].as_u64().unwrap() >= 1, "{diagnostic}");
        assert!(!diagnostic["message"].as_str().unwrap().is_empty(), "{diagnostic}");
        assert_eq!(diagnostic["severity"], "error", "{diagnostic}");
        // Mended, it serves.
        chain.arm().put("/namedValues/limit", &json!({ "displayName": "limit", "value": "5" }));
        wait::until("api42", || (chain.gateway.get("/api42/x", &[]).status == 200).then_some(()));
    }

    fn an_apiops_folder_needs_no_management_plane_and_is_watched(driver) {
        let origin = Origin::start();
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("artifacts");
        let api = tree.join("apis/shop");
        std::fs::create_dir_all(&api).unwrap();
        let information = json!({ "properties": {
            "path": "shop", "displayName": "Shop", "serviceUrl": origin.url(), "protocols": ["http"],
            "subscriptionRequired": false, "isCurrent": true, "apiRevision": "1",
        }});
        std::fs::write(api.join("apiInformation.json"), information.to_string()).unwrap();
        std::fs::write(
            api.join("specification.yaml"),
            "openapi: 3.0.1\ninfo:\n  title: Shop\n  version: '1'\npaths:\n  /x:\n    get:\n      \
             operationId: get-x\n      responses:\n        '200':\n          description: ok\n",
        )
        .unwrap();
        let options = postern_tests::gateway::Options::new(driver);
        let gateway = postern_tests::gateway::Gateway::in_folder(&options, folder.path());
        let source = format!("apiops:{}", tree.display());
        let mut agent = Agent::start(folder.path(), &gateway.socket, &[source], None, None);
        agent.wait_until_ready();
        assert_eq!(gateway.get("/shop/x", &[]).status, 200);
        std::fs::write(api.join("policy.xml"), marking_policy("1")).unwrap();
        wait::until("the policy", || (gateway.get("/shop/x", &[]).header("x-round") == Some("1")).then_some(()));
        // A file written by half is an error of its own and takes nothing away.
        std::fs::write(api.join("policy.xml"), &marking_policy("2")[..90]).unwrap();
        agent.process.wait_for_event("policy.xml");
        std::fs::write(api.join("apiInformation.json"), "{\"properties\": {\"path\": \"sh").unwrap();
        agent.process.wait_for_event("apiInformation.json");
        let answer = gateway.get("/shop/x", &[]);
        assert_eq!((answer.status, answer.header("x-round")), (200, Some("1")));
        // Whole again, it is taken.
        std::fs::write(api.join("apiInformation.json"), information.to_string()).unwrap();
        std::fs::write(api.join("policy.xml"), marking_policy("3")).unwrap();
        wait::until("round 3", || (gateway.get("/shop/x", &[]).header("x-round") == Some("3")).then_some(()));
        assert!(agent.process.is_running());
    }
}
