//! Whom TLS trusts: the authorities that the system knows, and the certificates that the user gives.

use std::sync::{Arc, OnceLock};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier;
use webpki::EndEntityCert;

/// What TLS trusts beside the system's authorities, which `SSL_CERT_FILE` and `SSL_CERT_DIR` may name.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    given: Vec<CertificateDer<'static>>,
    tls: OnceLock<Arc<ClientConfig>>,
}

/// A certificate that nobody vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Untrusted {
    /// It is signed with its own key.
    #[error("its certificate is self-signed, and nothing here vouches for it")]
    SelfSigned,
    /// It is signed by somebody else.
    #[error("its certificate was issued by an authority that nothing here knows")]
    UnknownIssuer,
}

impl Authorities {
    /// The certificates of a PEM file: those of authorities, and those of servers themselves. Err says what the file holds
    /// instead.
    pub fn from_pem(file: &[u8]) -> Result<Self, String> {
        let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
        let text = String::from_utf8_lossy(file);
        let given = CertificateDer::pem_slice_iter(file).collect::<Result<Vec<_>, _>>();
        let given = given.map_err(|error| format!("is no PEM file: {error}"))?;
        if given.is_empty() {
            return Err(if text.contains("PRIVATE KEY-----") {
                "holds a private key and no certificate".to_owned()
            } else if text.contains("-----BEGIN ") {
                "holds something else than a certificate".to_owned()
            } else if file.first() == Some(&0x30) {
                "is in DER and not in PEM: `openssl x509 -inform der -in FILE` converts it".to_owned()
            } else {
                "holds no certificate: it should have a line `-----BEGIN CERTIFICATE-----`".to_owned()
            });
        }
        for (number, certificate) in given.iter().enumerate() {
            EndEntityCert::try_from(certificate).map_err(|error| {
                format!("holds a certificate, number {}, that cannot be read: {error}", number + 1)
            })?;
        }
        Ok(Self { given, tls: OnceLock::new() })
    }

    /// TLS that trusts nobody.
    pub(super) fn none() -> ClientConfig {
        config(Arc::new(Judge { known: None, given: None, certificates: Vec::new(), provider: provider() }))
    }

    /// TLS that trusts these. What the system knows is read once.
    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        let tls = self.tls.get_or_init(|| Arc::new(config(Arc::new(Judge::new(&self.given)))));
        Arc::clone(tls)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn config(judge: Arc<Judge>) -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has both versions of TLS")
        .dangerous()
        .with_custom_certificate_verifier(judge)
        .with_no_client_auth()
}

/// Judges the certificate of a server.
#[derive(Debug)]
struct Judge {
    /// By all authorities; `None` where none is known, as in an image with nothing but the suite in it.
    known: Option<Verifier>,
    /// By the given certificates alone.
    given: Option<Arc<WebPkiServerVerifier>>,
    certificates: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Judge {
    fn new(certificates: &[CertificateDer<'static>]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let given = WebPkiServerVerifier::builder_with_provider(roots.into(), provider()).build();
        Self {
            known: Verifier::new_with_extra_roots(certificates.iter().cloned(), provider()).ok(),
            given: given.ok(),
            certificates: certificates.to_vec(),
            provider: provider(),
        }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // The very certificate that was given is trusted, be it an authority's or not: `openssl req -x509` makes servers
        // certificates of authorities. Its time and its names are looked at all the same.
        if self.certificates.contains(end_entity)
            && let Some(given) = &self.given
        {
            return match given.verify_server_cert(end_entity, &[], server_name, ocsp_response, now) {
                // Its time has been looked at before these are found; its names have not.
                Err(error) if is_of_authority(&error) || is_unknown(&error) => {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                    Ok(ServerCertVerified::assertion())
                }
                judged => judged,
            };
        }
        let Some(known) = &self.known else { return Err(untrusted(end_entity)) };
        match known.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(error) if is_of_authority(&error) || is_unknown(&error) => Err(untrusted(end_entity)),
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate was refused because it is an authority's.
fn is_of_authority(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) = error else { return false };
    matches!(cause.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer))
}

fn untrusted(certificate: &CertificateDer<'_>) -> Error {
    let is_its_own = EndEntityCert::try_from(certificate).is_ok_and(|read| read.issuer() == read.subject());
    let why = if is_its_own { Untrusted::SelfSigned } else { Untrusted::UnknownIssuer };
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(why))))
}
