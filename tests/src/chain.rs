//! The whole chain: management, agent and gateway, as an operator runs them, in one folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::arm::Arm;
use crate::binaries::binary;
use crate::driver::Driver;
use crate::gateway::{Gateway, Options};
use crate::process::Process;

/// The gateway resource that agent and gateway of a [`Chain`] belong to.
pub const GATEWAY: &str = "edge";

/// A management plane with its data folder.
#[derive(Debug)]
pub struct Management {
    pub process: Process,
    pub arm: Arm,
    /// Where it keeps the operator's token.
    pub token_file: PathBuf,
}

impl Management {
    /// Starts it on `listen` (a port chosen by the system when `None`) with its data in `folder/management`.
    pub fn start(folder: &Path, listen: Option<SocketAddr>) -> Self {
        let data = folder.join("management");
        std::fs::create_dir_all(&data).unwrap();
        let listen = listen.map_or_else(|| "127.0.0.1:0".to_owned(), |address| address.to_string());
        let mut command = Command::new(binary("postern-management"));
        command.arg("--data").arg(&data).arg("--listen").arg(listen);
        let before = std::fs::metadata(folder.join("management.out")).map_or(0, |metadata| metadata.len());
        let mut process = Process::start("management", &mut command, folder);
        let ready = process.ready_line(before);
        let address = ready["listen"].as_str().unwrap().parse().unwrap();
        let token_file = PathBuf::from(ready["token_file"].as_str().unwrap());
        let token = std::fs::read_to_string(&token_file).unwrap().trim().to_owned();
        Management { process, arm: Arm { address, token }, token_file }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.arm.address)
    }
}

/// An agent, with or without a folder for its backup.
#[derive(Debug)]
pub struct Agent {
    pub process: Process,
    output_before: u64,
}

impl Agent {
    /// Starts `postern-agent run` for the gateway at `socket` with these sources.
    pub fn start(folder: &Path, socket: &Path, sources: &[String], token: Option<&str>, backup: Option<&Path>) -> Self {
        let mut command = Command::new(binary("postern-agent"));
        command.arg("run").arg("--socket").arg(socket);
        for source in sources {
            command.arg("--source").arg(source);
        }
        command.env_remove("STATE_DIRECTORY");
        if let Some(token) = token {
            command.arg("--gateway").arg(GATEWAY).env("config.service.auth", format!("GatewayKey {token}"));
        }
        if let Some(backup) = backup {
            command.arg("--data").arg(backup);
        }
        let output_before = std::fs::metadata(folder.join("agent.out")).map_or(0, |metadata| metadata.len());
        Agent { process: Process::start("agent", &mut command, folder), output_before }
    }

    /// Waits until its first generation is in force.
    pub fn wait_until_ready(&mut self) -> serde_json::Value {
        self.process.ready_line(self.output_before)
    }
}

/// Three processes that were started for one test.
#[derive(Debug)]
pub struct Chain {
    pub management: Management,
    pub agent: Agent,
    pub gateway: Gateway,
    pub token: String,
    pub driver: Driver,
    folder: TempDir,
}

impl Chain {
    /// Management with the gateway resource and what `define` adds, then gateway and agent, ready.
    pub fn start(driver: Driver, define: impl FnOnce(&Arm)) -> Self {
        Self::with_options(&Options::new(driver), define)
    }

    /// The same with flags for the gateway.
    pub fn with_options(options: &Options, define: impl FnOnce(&Arm)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let management = Management::start(folder.path(), None);
        let properties = json!({ "description": "test", "locationData": { "name": "here" } });
        management.arm.put(&format!("/gateways/{GATEWAY}"), &properties);
        define(&management.arm);
        let token = management.arm.gateway_token(GATEWAY);
        let gateway = Gateway::in_folder(options, folder.path());
        let source = format!("endpoint:{}", management.url());
        let backup = folder.path().join("agent");
        std::fs::create_dir_all(&backup).unwrap();
        let mut agent = Agent::start(folder.path(), &gateway.socket, &[source], Some(&token), Some(&backup));
        agent.wait_until_ready();
        Chain { management, agent, gateway, token, driver: options.driver, folder }
    }

    pub fn arm(&self) -> &Arm {
        &self.management.arm
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the agent keeps its backup.
    pub fn backup(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// Ends the gateway at once and starts another one, unconfigured, on the same port.
    pub fn restart_gateway(&mut self) {
        self.gateway.process.kill();
        let mut options = Options::new(self.driver);
        options.http = Some(self.gateway.http);
        self.gateway = Gateway::in_folder(&options, self.folder.path());
    }

    /// Ends the agent at once and starts another one with this token; it need not get ready.
    pub fn restart_agent(&mut self, token: &str, backup: Option<&Path>) {
        self.agent.process.kill();
        let source = format!("endpoint:http://{}", self.management.arm.address);
        self.agent = Agent::start(self.folder.path(), &self.gateway.socket, &[source], Some(token), backup);
    }

    /// Starts management again on its port, with its data.
    pub fn restart_management(&mut self) {
        self.management.process.kill();
        self.management = Management::start(self.folder.path(), Some(self.management.arm.address));
    }
}
