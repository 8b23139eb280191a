//! The real gateway, configured straight over its control socket: no agent, no management.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use postern_bundle::{
    AgentHello, AgentMessage, Api, Begin, Bundle, Commit, Decoder, Encoder, GatewayMessage, KeyNames, Operation,
    PROTOCOL, Parameter, Part, PartKey, Put, Secret, Service, Subscription, SubscriptionScope, SubscriptionState,
    shard_of,
};

use super::peers::{Place, Proxy, Start, Target, address_in};
use super::server::Server;
use super::{KEY_HEADER, SUBSCRIPTION_KEY};
use crate::limits::{PUSH_READ_BYTES, START_TIMEOUT};
use crate::runtime::Driver;

/// Starts one worker on the place's core and gives it the scenario's configuration.
pub(crate) fn start(bin_dir: &Path, driver: Driver, place: Place<'_>) -> Result<Start> {
    let program = bin_dir.join("postern-gateway");
    if !program.is_file() {
        let build = "cargo build --release -p postern-gateway";
        return Ok(Start::Missing(format!("{} is not built: {build}", program.display())));
    }
    let folder = place.folder.join("postern");
    std::fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let (socket, access_log) = (folder.join("gateway.sock"), folder.join("access.log"));
    let mut command = Command::new(program);
    command.args(["--http", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--workers", "1"]);
    command.args(["--driver", driver.as_str()]).arg("--socket").arg(&socket).arg("--access-log").arg(&access_log);
    let mut server = Server::start("postern", &mut command, place.core, place.folder)?;
    let address = address_in(&server.wait_for_ready_line()?)?;
    push(&socket, &configuration(place.origin)?).context("giving the gateway its configuration")?;
    let (proxy, pid) = (Proxy::Postern, server.pid());
    let access_log = Some(access_log);
    Ok(Start::Running(Target { proxy, address, pid, checks_key: true, access_log, _server: Some(server) }))
}

/// One API with one operation behind a subscription key, no policy: what the scenario asks for.
fn configuration(origin: SocketAddr) -> Result<Bundle> {
    let operation = Operation {
        name: "get-item".to_owned(),
        display_name: "Get an item".to_owned(),
        method: "GET".to_owned(),
        url_template: "/items/{id}".to_owned(),
        template_parameters: vec![Parameter {
            name: "id".to_owned(),
            kind: "string".to_owned(),
            required: true,
            values: Vec::new(),
            schema: None,
        }],
        policy: None,
        request: Default::default(),
        responses: Vec::new(),
    };
    let api = Api {
        name: "bench".to_owned(),
        display_name: "Bench".to_owned(),
        path: "bench".to_owned(),
        version: None,
        revision: "1".to_owned(),
        is_current: true,
        kind: "http".to_owned(),
        protocols: vec!["http".to_owned()],
        // The peers do not rewrite the path either.
        service_url: Some(format!("http://{origin}/bench")),
        subscription_required: true,
        subscription_key: KeyNames { header: KEY_HEADER.to_owned(), ..KeyNames::default() },
        graphql: None,
        odata: None,
        policy: None,
        operations: vec![operation],
    };
    let subscription = Subscription {
        name: "bench".to_owned(),
        display_name: "Bench".to_owned(),
        scope: SubscriptionScope::AllApis,
        state: SubscriptionState::Active,
        primary_key: Some(Secret::new(SUBSCRIPTION_KEY)),
        secondary_key: None,
        owner: None,
        allow_tracing: false,
        created_s: None,
        start_s: None,
        expiration_s: None,
    };
    let shard = PartKey::Subscriptions(shard_of(&subscription.name));
    let parts = [
        (PartKey::Service, Part::Service(Service::default())),
        (PartKey::Api(api.name.clone()), Part::Api(api)),
        (shard, Part::Subscriptions(vec![subscription])),
    ];
    Bundle::from_parts(1, parts).context("encoding the configuration")
}

/// Pushes a whole bundle and waits until every worker has it.
fn push(socket: &Path, bundle: &Bundle) -> Result<()> {
    let mut stream = UnixStream::connect(socket).with_context(|| format!("connecting to {}", socket.display()))?;
    stream.set_read_timeout(Some(START_TIMEOUT))?;
    let (generation, root_hash) = (bundle.generation(), bundle.root_hash());
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let mut bytes = Vec::new();
    Encoder::encode(&AgentMessage::Hello(AgentHello { protocol: PROTOCOL, version }), &mut bytes)?;
    Encoder::encode(&AgentMessage::Begin(Begin { generation, base: None }), &mut bytes)?;
    for (key, part) in bundle.parts() {
        let put = Put { key: key.clone(), hash: part.hash(), bytes: part.bytes().clone() };
        Encoder::encode(&AgentMessage::Put(put), &mut bytes)?;
    }
    Encoder::encode(&AgentMessage::Commit(Commit { generation, root_hash }), &mut bytes)?;
    stream.write_all(&bytes)?;
    let mut messages = Decoder::<GatewayMessage>::new();
    let mut buffer = vec![0; PUSH_READ_BYTES];
    loop {
        let count = stream.read(&mut buffer).context("waiting for the gateway's answer")?;
        ensure!(count > 0, "the gateway ended the control connection");
        messages.push(&buffer[..count]);
        while let Some(message) = messages.next_message()? {
            match message {
                GatewayMessage::Applied(applied) if applied.diagnostics.is_empty() => return Ok(()),
                GatewayMessage::Applied(applied) => bail!("applied with {:?}", applied.diagnostics),
                GatewayMessage::Rejected(rejected) => {
                    bail!("rejected: {} {:?}", rejected.message, rejected.diagnostics)
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_one_keyed_operation_in_front_of_the_origin() {
        let bundle = configuration("127.0.0.1:81".parse().unwrap()).unwrap();
        let parts: Vec<Part> = bundle.decode().map(|(_, part)| part.unwrap()).collect();
        let [Part::Service(_), Part::Api(api), Part::Subscriptions(subscriptions)] = parts.as_slice() else {
            panic!("{parts:?}")
        };
        assert!(super::super::REQUEST_PATH.starts_with(&format!("/{}/", api.path)));
        assert_eq!(api.service_url.as_deref(), Some("http://127.0.0.1:81/bench"));
        assert!(api.subscription_required);
        assert_eq!(subscriptions[0].primary_key.as_ref().map(Secret::expose), Some(SUBSCRIPTION_KEY));
    }

    #[test]
    fn a_machine_without_the_gateway_measures_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let core = super::super::pin::usable_cores().unwrap()[0];
        let origin = "127.0.0.1:81".parse().unwrap();
        let place = Place { folder: folder.path(), core, origin, own_program: Path::new("unused") };
        let started = start(folder.path(), Driver::Auto, place).unwrap();
        assert!(matches!(started, Start::Missing(reason) if reason.contains("cargo build")));
    }
}
