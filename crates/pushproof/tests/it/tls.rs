//! Homeservers behind TLS: what is wrong with a certificate is said, and the cure; `--ca` trusts what it names, and no more.

#![expect(clippy::unwrap_used, reason = "a test that lacks a certificate, a port or a file fails")]

use std::{path::PathBuf, process::Output, sync::Arc};

use pushproof_homeserver::Homeserver;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rstest::rstest;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::{io::AsyncWriteExt, net::TcpListener};

/// The certificate of a homeserver.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaf {
    /// As `openssl req -x509` makes them: self-signed, and an authority's.
    OfOpenssl,
    SelfSigned,
    Issued,
    Expired,
    NotYet,
    ForAnother,
    WithoutName,
    IssuedExpired,
    IssuedForAnother,
}

/// What `--ca` names.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    /// The certificate of the homeserver itself.
    Leaf,
    /// Another one like it.
    Another,
    Authority,
    /// The authority among others, with comments and line ends of Windows.
    Bundle,
}

struct Made {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    leaf: String,
    authority: String,
}

fn make(leaf: Leaf) -> Made {
    let names = match leaf {
        Leaf::ForAnother | Leaf::IssuedForAnother => vec!["other.example".to_owned()],
        Leaf::WithoutName => vec![],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names).unwrap();
    match leaf {
        Leaf::Expired | Leaf::IssuedExpired => params.not_after = date_time_ymd(2020, 2, 1),
        Leaf::NotYet => params.not_before = date_time_ymd(2999, 1, 1),
        _ => {}
    }
    if !matches!(leaf, Leaf::SelfSigned | Leaf::Issued | Leaf::IssuedExpired | Leaf::IssuedForAnother) {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let mut of_authority = CertificateParams::new(Vec::new()).unwrap();
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    of_authority.distinguished_name.push(rcgen::DnType::CommonName, "an authority of this test");
    let key_of_authority = KeyPair::generate().unwrap();
    let authority = of_authority.self_signed(&key_of_authority).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = if matches!(leaf, Leaf::Issued | Leaf::IssuedExpired | Leaf::IssuedForAnother) {
        params.signed_by(&key, &Issuer::new(of_authority, key_of_authority)).unwrap()
    } else {
        params.self_signed(&key).unwrap()
    };
    Made {
        chain: vec![certificate.der().clone()],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        leaf: certificate.pem(),
        authority: authority.pem(),
    }
}

/// Puts TLS before a reference homeserver; the port.
async fn serve(made: &Made, homeserver: &Homeserver) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(made.chain.clone(), made.key.clone_key())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let behind = homeserver.url().socket_addrs(|| None).unwrap()[0];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut to = tokio::net::TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
            });
        }
    });
    port
}

/// Checks one case that needs neither pushes nor mail.
async fn check(url: String, more: Vec<String>) -> (Output, String) {
    let output = tokio::task::spawn_blocking(move || {
        let mut command = crate::support::pushproof();
        command.args(["check", &url, "--dialect", "msc0000", "--without", "mail,restart,push-gateway"]);
        command.args(["--run", "server/settings/private-to-read", "--verbose"]).args(more).output().unwrap()
    });
    let output = output.await.unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, told.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[rstest]
#[case::of_openssl(Leaf::OfOpenssl, Given::Nothing, "self-signed", "--ca FILE")]
#[case::of_openssl_given(Leaf::OfOpenssl, Given::Leaf, "", "")]
#[case::of_openssl_other_given(Leaf::OfOpenssl, Given::Another, "self-signed", "--ca FILE")]
#[case::self_signed(Leaf::SelfSigned, Given::Nothing, "self-signed", "--ca FILE")]
#[case::self_signed_given(Leaf::SelfSigned, Given::Leaf, "", "")]
#[case::issued(Leaf::Issued, Given::Nothing, "an authority that nothing here knows", "SSL_CERT_FILE")]
#[case::issued_other_given(
    Leaf::Issued,
    Given::Another,
    "not signed with the key of the authority that it names",
    "--ca FILE"
)]
#[case::issued_authority_given(Leaf::Issued, Given::Authority, "", "")]
#[case::issued_bundle_given(Leaf::Issued, Given::Bundle, "", "")]
#[case::issued_leaf_given(Leaf::Issued, Given::Leaf, "", "")]
#[case::expired(Leaf::Expired, Given::Leaf, "its certificate expired on 2020-02-01", "clock")]
#[case::issued_expired(
    Leaf::IssuedExpired,
    Given::Authority,
    "its certificate expired on 2020-02-01",
    "renew"
)]
#[case::not_yet(Leaf::NotYet, Given::Leaf, "not valid before 2999-01-01", "clock")]
#[case::for_another(Leaf::ForAnother, Given::Leaf, "not for localhost, but for other.example", "use a name")]
#[case::issued_for_another(
    Leaf::IssuedForAnother,
    Given::Authority,
    "not for localhost, but for other.example",
    "use a name"
)]
#[case::without_name(Leaf::WithoutName, Given::Leaf, "no name at all", "subjectAltName=DNS:localhost")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates(#[case] leaf: Leaf, #[case] given: Given, #[case] what: &str, #[case] cure: &str) {
    let homeserver = Homeserver::start().await.unwrap();
    let made = make(leaf);
    let port = serve(&made, &homeserver).await;
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("ca.pem");
    let another = make(leaf);
    let text = match given {
        Given::Nothing => None,
        Given::Leaf => Some(made.leaf),
        Given::Another => Some(format!("{}{}", another.leaf, another.authority)),
        Given::Authority => Some(made.authority),
        Given::Bundle => {
            let bundle = format!("\u{feff}# ours\n{}\n# another\n{}", made.authority, another.authority);
            Some(bundle.replace('\n', "\r\n"))
        }
    };
    let more = text.map(|text| {
        std::fs::write(&path, text).unwrap();
        vec!["--ca".to_owned(), path.display().to_string()]
    });
    let (output, told) = check(format!("https://localhost:{port}"), more.unwrap_or_default()).await;
    if what.is_empty() {
        assert_eq!(output.status.code(), Some(0), "{told}");
    } else {
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(what) && told.contains(cure), "{told}");
        assert!(!told.contains("is the homeserver started"), "{told}");
    }
}

/// What a server sends as soon as a connection is there.
async fn answers_at_once(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
                let _ = stream.write_all(bytes).await;
            });
        }
    });
    port
}

#[rstest]
#[case::protocol(b"\x15\x03\x01\x00\x02\x02\x46", "nothing in common")]
#[case::ciphers(b"\x15\x03\x03\x00\x02\x02\x28", "refuses the handshake")]
#[case::name(b"\x15\x03\x03\x00\x02\x02\x70", "no certificate for localhost")]
#[case::client_certificate(b"\x15\x03\x03\x00\x02\x02\x74", "a certificate of ours")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_that_fail(#[case] alert: &'static [u8], #[case] what: &str) {
    let port = answers_at_once(alert).await;
    let (output, told) = check(format!("https://localhost:{port}"), Vec::new()).await;
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains(what), "{told}");
    assert!(!told.contains("is the homeserver started"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemes_that_are_mixed_up() {
    let homeserver = Homeserver::start().await.unwrap();
    let port = homeserver.url().port().unwrap();
    let (_, told) = check(format!("https://localhost:{port}"), Vec::new()).await;
    assert!(told.contains("does not speak TLS"), "{told}");
    assert!(told.contains(&format!("http is spoken there: use http://localhost:{port}/")), "{told}");
    let port = serve(&make(Leaf::OfOpenssl), &homeserver).await;
    let (_, told) = check(format!("http://localhost:{port}"), Vec::new()).await;
    assert!(told.contains(&format!("https is spoken there: use https://localhost:{port}/")), "{told}");
}

#[rstest]
#[case::missing(None, "cannot be read")]
#[case::nothing(Some(""), "holds no certificate")]
#[case::key(
    Some("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"),
    "a private key and no certificate"
)]
#[case::request(
    Some("-----BEGIN CERTIFICATE REQUEST-----\nMC4=\n-----END CERTIFICATE REQUEST-----\n"),
    "something else"
)]
#[case::garbage(
    Some("-----BEGIN CERTIFICATE-----\nMC4=\n-----END CERTIFICATE-----\n"),
    "number 1, that cannot be read"
)]
#[case::cut(Some("-----BEGIN CERTIFICATE-----\nMC4="), "no PEM file")]
#[case::der(Some("0\u{1}"), "in DER and not in PEM")]
fn files_that_hold_no_certificate(#[case] text: Option<&str>, #[case] what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    if let Some(text) = text {
        std::fs::write(&path, text).unwrap();
    }
    let mut command = crate::support::pushproof();
    let output = command.args(["check", "https://localhost:1", "--ca"]).arg(&path).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(what) && told.contains("hint: "), "{told}");
}
