//! Starts and removes containers, and has the homeserver in them restarted.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use ipnet::Ipv4Net;
use pushproof_record::{Record, Redactor};
use pushproof_runner::{Keeper, RESTART_VARIABLE, Restart, Restarting};
use pushproof_vocabulary::Era;
use testcontainers::{
    ContainerAsync, ContainerRequest, GenericImage, ImageExt, TestcontainersError,
    bollard::{
        Docker,
        errors::Error,
        models::{HostConfig, IpamConfig, PortBinding},
        query_parameters::{InspectNetworkOptions, RemoveContainerOptionsBuilder},
    },
    core::{CmdWaitFor, ExecCommand, Host, IntoContainerPort, client::docker_client_instance},
    runners::AsyncRunner,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{log::Log, recipe::Recipe};
use crate::{Usage, check::LOOPBACK, terminal};

/// The name by which a container reaches the machine that the suite runs on.
const THIS_MACHINE: &str = "host.docker.internal";

/// How long is waited between two looks at a homeserver that starts.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the removal of a container may take.
const REMOVAL: Duration = Duration::from_secs(20);

/// The names of the containers that are to be removed with the run, also of one that is about to be made.
static LIVE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A container that is to be started.
pub(crate) struct Plan {
    recipe: Recipe,
    engine: Docker,
    /// The address of this machine on the containers' network, where it has one.
    host: Option<IpAddr>,
}

impl Plan {
    /// The container of a recipe or an image, once a container engine answers.
    pub(crate) async fn new(name: &str) -> Result<Self, Usage> {
        let recipe = Recipe::find(name)?;
        let engine = engine().await.map_err(|error| {
            Usage::new(format!("no container engine answers: {error}"))
                .hint("start Docker, or say in DOCKER_HOST where another engine listens, such as unix:///run/podman/podman.sock")
        })?;
        let host = bridge(&engine).await;
        Ok(Self { recipe, engine, host })
    }

    /// Where what the homeserver has to reach listens: on no other network than that of the containers.
    pub(crate) fn listen(&self) -> SocketAddr {
        SocketAddr::new(self.host.unwrap_or(LOOPBACK.ip()), 0)
    }

    /// The push gateway as the homeserver reaches it, on whatever port that is.
    #[allow(clippy::unused_self)] // like the rest of the plan
    pub(crate) fn gateway_url(&self) -> Url {
        Url::parse(&format!("http://{THIS_MACHINE}:0")).expect("a name and a port are an address")
    }

    /// The names on the wire, where they are known.
    pub(crate) fn dialect(&self) -> Option<&str> {
        self.recipe.dialect.as_deref()
    }

    /// Whether the homeserver can be told of a mailbox.
    pub(crate) fn sends_mail(&self) -> bool {
        self.recipe.sends_mail()
    }

    /// Starts the container, and waits until the homeserver in it answers.
    pub(crate) async fn start(
        self,
        mailbox: Option<SocketAddr>,
        patience: Duration,
        cancel: &CancellationToken,
    ) -> anyhow::Result<Container> {
        let image = self.recipe.image.clone();
        if self.recipe.untested {
            terminal::note(&format!("the recipe of {image} is untested: tell what it lacks"));
        }
        let log = Log::default();
        let request = self.request(mailbox, &log);
        let pulled = async {
            // Pulled at once only where it is not there: the registry may be out of reach.
            if self.engine.inspect_image(&image).await.is_err() {
                terminal::note(&format!("pulling {image}"));
                return request.pull_image().await;
            }
            Ok(request)
        };
        let request = cancel.run_until_cancelled(pulled).await.ok_or_else(interrupted)?;
        let failed = |error| Usage::new(format!("the container of {image} does not start: {error}"));
        let name = unique_name();
        LIVE.lock().expect("no holder of this lock panics").push(name.clone());
        let starting = request.map_err(failed)?.with_container_name(name).start();
        let inner = match cancel.run_until_cancelled(starting).await {
            Some(Ok(inner)) => inner,
            Some(Err(error)) => {
                remove_all().await;
                return Err(failed(error).into());
            }
            None => {
                remove_all().await;
                return Err(interrupted().into());
            }
        };
        let mut container = Container {
            inner: Arc::new(inner),
            url: Url::parse("http://localhost")?,
            restart: self.recipe.restart,
            log,
        };
        let ready = container.until_ready(&image, self.recipe.port, patience);
        match cancel.run_until_cancelled(ready).await.unwrap_or_else(|| Err(interrupted().into())) {
            Ok(url) => {
                container.url = url;
                Ok(container)
            }
            Err(error) => {
                container.remove().await;
                Err(error)
            }
        }
    }

    fn request(&self, mailbox: Option<SocketAddr>, log: &Log) -> ContainerRequest<GenericImage> {
        let recipe = &self.recipe;
        // Of a name with a digest this is the digest's end, which is put back where it was.
        let tag = recipe.image.rfind(':').filter(|at| !recipe.image[*at..].contains('/'));
        let (name, tag) = tag
            .map_or((recipe.image.as_str(), "latest"), |at| (&recipe.image[..at], &recipe.image[at + 1..]));
        let mut image = GenericImage::new(name, tag).with_exposed_port(recipe.port.tcp());
        if let Some(entrypoint) = &recipe.entrypoint {
            image = image.with_entrypoint(entrypoint);
        }
        // Podman's own idea of its host is another address than the one that is listened at.
        let host = self.host.map_or(Host::HostGateway, Host::Addr);
        let log = log.clone();
        let mut request = image
            .with_cmd(&recipe.command)
            .with_host(THIS_MACHINE, host)
            .with_label("pushproof", env!("CARGO_PKG_VERSION"))
            .with_host_config_modifier(publish(recipe.port))
            .with_log_consumer(move |frame: &_| log.keep(frame));
        for (path, text) in &recipe.files {
            request = request.with_copy_to(path, text.clone().into_bytes());
        }
        let mailbox = mailbox.map(|mailbox| format!("{THIS_MACHINE}:{}", mailbox.port()));
        for (name, value) in recipe.environment(mailbox.as_deref()) {
            request = request.with_env_var(name, value);
        }
        request
    }
}

fn interrupted() -> Usage {
    Usage::new("interrupted before the homeserver was ready")
}

/// A container that runs a homeserver.
pub(crate) struct Container {
    inner: Arc<ContainerAsync<GenericImage>>,
    url: Url,
    restart: Vec<String>,
    log: Log,
}

impl Container {
    /// The address of the client-server API.
    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }

    /// How the homeserver is restarted, if it can be.
    pub(crate) fn restart(&self, patience: Duration) -> Option<Restart> {
        let command = (!self.restart.is_empty()).then(|| self.restart.clone())?;
        let keeper = Arc::new(Inside { container: Arc::clone(&self.inner), command });
        Some(Restart::Keeper { keeper, patience })
    }

    /// Adds to every case that did not pass what the homeserver wrote while it ran.
    pub(crate) fn add_log(&self, record: &mut Record, redactor: &Redactor) {
        self.log.add_to(record, redactor);
    }

    /// Removes the container. What cannot be removed is named.
    pub(crate) async fn remove(self) {
        remove_all().await;
    }

    async fn until_ready(&self, image: &str, port: u16, patience: Duration) -> anyhow::Result<Url> {
        let deadline = Instant::now() + patience;
        let gone = |why: &str| {
            let log = self.log.tail();
            let wrote =
                if log.is_empty() { "it wrote nothing".to_owned() } else { format!("it wrote last:\n{log}") };
            Usage::new(format!("the homeserver in the container of {image} {why}; {}", wrote.trim_end()))
        };
        let address = async {
            let port = self.inner.get_host_port_ipv4(port.tcp()).await?;
            let host = if is_remote() {
                self.inner.get_host().await?.to_string()
            } else {
                LOOPBACK.ip().to_string()
            };
            Ok::<_, TestcontainersError>(format!("http://{host}:{port}"))
        };
        let address = address.await.map_err(|error| gone(&format!("cannot be reached: {error}")))?;
        let url = Url::parse(&address)?;
        loop {
            let Err(instead) = pushproof_runner::answers(&url.clone().into()).await else { return Ok(url) };
            if !self.inner.is_running().await.unwrap_or(false) {
                // The last words are on their way.
                tokio::time::sleep(PAUSE).await;
                return Err(gone("ended before it answered").into());
            }
            if Instant::now() > deadline {
                let why = format!(
                    "did not answer within {} s (--restart-patience): {instead}",
                    patience.as_secs_f64()
                );
                return Err(gone(&why).into());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Removes every container that was started and is still there. For a program that is about to exit, too.
pub(crate) async fn remove_all() {
    let live = std::mem::take(&mut *LIVE.lock().expect("no holder of this lock panics"));
    if live.is_empty() {
        return;
    }
    let removal = async {
        let engine = engine().await?;
        for name in &live {
            let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            match engine.remove_container(name, Some(options)).await {
                // It was not made yet, or somebody else removes it already.
                Ok(()) | Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        anyhow::Ok(())
    };
    let failed = match tokio::time::timeout(REMOVAL, removal).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => "the container engine does not answer".to_owned(),
    };
    let names = live.join(" ");
    terminal::error(
        &format!("a container was not removed: {failed}"),
        Some(&format!("`docker rm --force --volumes {names}` removes it")),
    );
}

/// Restarts the homeserver by a command inside its container, which keeps its address and its data.
struct Inside {
    container: Arc<ContainerAsync<GenericImage>>,
    command: Vec<String>,
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").field("command", &self.command).finish_non_exhaustive()
    }
}

impl Keeper for Inside {
    fn restart(&self, into: Era) -> Restarting<'_> {
        let command = ExecCommand::new(&self.command)
            .with_env_vars([(RESTART_VARIABLE, into.name())])
            .with_cmd_ready_condition(CmdWaitFor::exit_code(0));
        Box::pin(async move {
            let failed = |error: TestcontainersError| format!("the restart went wrong: {error}");
            let mut done = self.container.exec(command).await.map_err(failed)?;
            let mut output = done.stdout_to_vec().await.map_err(failed)?;
            output.extend(done.stderr_to_vec().await.map_err(failed)?);
            Ok(String::from_utf8_lossy(&output).into_owned())
        })
    }
}

/// A name that no other container has, on whatever machine the engine is.
fn unique_name() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("pushproof-{}-{:x}", std::process::id(), now.as_nanos())
}

/// The container engine, if it answers.
async fn engine() -> anyhow::Result<Docker> {
    let engine = docker_client_instance().await?;
    engine.ping().await?;
    Ok(engine)
}

/// This machine's address on the network of the containers. None where the engine runs in a machine of its own, as on
/// macOS and Windows: it then hands on what is meant for this one to its loopback interface.
async fn bridge(engine: &Docker) -> Option<IpAddr> {
    let network = engine.inspect_network("bridge", None::<InspectNetworkOptions>).await.ok()?;
    let subnets = network.ipam?.config?;
    subnets.iter().filter_map(host_address).find(|address| TcpListener::bind((*address, 0)).is_ok())
}

/// The address that the engine's machine has in a subnet. An engine does not say it of a network that it made when it
/// started, until it is started again; it took the first that there is.
fn host_address(subnet: &IpamConfig) -> Option<IpAddr> {
    let said = subnet.gateway.as_ref().and_then(|gateway| gateway.parse().ok());
    said.or_else(|| subnet.subnet.as_ref()?.parse::<Ipv4Net>().ok()?.hosts().next().map(IpAddr::V4))
}

/// Publishes one port, on loopback: a homeserver under test lets everybody register.
fn publish(port: u16) -> impl Fn(&mut HostConfig) + Send + Sync + 'static {
    move |host| {
        let host_ip = (!is_remote()).then(|| LOOPBACK.ip().to_string());
        let binding = PortBinding { host_ip, host_port: None };
        host.publish_all_ports = Some(false);
        host.port_bindings = Some(HashMap::from([(format!("{port}/tcp"), Some(vec![binding]))]));
    }
}

/// Whether the engine is asked over the network, and may be on another machine.
fn is_remote() -> bool {
    std::env::var("DOCKER_HOST").is_ok_and(|host| host.starts_with("tcp:") || host.starts_with("http"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::said(Some("10.1.0.7"), Some("10.1.0.0/16"), Some("10.1.0.7"))]
    #[case::not_said(None, Some("172.17.0.0/16"), Some("172.17.0.1"))]
    #[case::of_v6_only_what_is_said(None, Some("fd00:17::/64"), None)]
    #[case::said_as_nothing(Some(""), Some("172.17.0.0/16"), Some("172.17.0.1"))]
    #[case::no_subnet(None, None, None)]
    #[case::garbled(None, Some("all of them"), None)]
    fn an_engine_need_not_say_its_address(
        #[case] gateway: Option<&str>,
        #[case] subnet: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let config = IpamConfig {
            gateway: gateway.map(str::to_owned),
            subnet: subnet.map(str::to_owned),
            ..IpamConfig::default()
        };
        assert_eq!(host_address(&config).map(|address| address.to_string()).as_deref(), expected);
    }
}
