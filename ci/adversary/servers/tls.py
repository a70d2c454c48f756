#!/usr/bin/env python3
"""Homeservers behind TLS whose certificate is not one that a system trusts: which lie in the folder of the run, as `own.pem`
and, where there is one, that of its authority as `authority.pem`."""

import datetime
import ssl
import subprocess
import sys

from proxy import play

HERE, ELSEWHERE = "IP:127.0.0.1", "DNS:elsewhere.example"


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def key(name, *more):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", *more]


def self_signed(*more):
    openssl("req", "-x509", "-days", "30", "-subj", "/CN=homeserver", *key("own", "-out", "own.pem"), *more)


def of_authority(days=30):
    """A certificate of an authority of one's own, which begins two days ago and lasts so long."""
    openssl("req", "-x509", "-days", "30", "-subj", "/CN=authority", *key("authority", "-out", "authority.pem"))
    openssl("req", "-subj", "/CN=homeserver", *key("own", "-out", "own.csr"))
    now = datetime.datetime.now(datetime.timezone.utc)
    begin = now - datetime.timedelta(days=2)
    with open("authority.conf", "w", encoding="ascii") as file:
        file.write("[ca]\ndefault_ca=all\n[all]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
                   f"policy=any\nx509_extensions=more\n[any]\ncommonName=supplied\n[more]\nsubjectAltName={HERE}\n")
    open("index", "w", encoding="ascii").close()
    day = "%Y%m%d%H%M%SZ"
    openssl("ca", "-batch", "-config", "authority.conf", "-rand_serial", "-cert", "authority.pem", "-keyfile",
            "authority.key", "-in", "own.csr", "-out", "own.pem", "-notext", "-startdate", begin.strftime(day), "-enddate",
            (begin + datetime.timedelta(days=days)).strftime(day))


CERTIFICATES = {
    "self-signed": lambda: self_signed("-addext", f"subjectAltName={HERE}"),
    "self-signed-no-authority": lambda: self_signed(
        "-addext", f"subjectAltName={HERE}", "-addext", "basicConstraints=critical,CA:FALSE"),
    "self-signed-for-another": lambda: self_signed("-addext", f"subjectAltName={ELSEWHERE}"),
    "self-signed-nameless": self_signed,
    "of-authority": of_authority,
    "of-authority-expired": lambda: of_authority(days=1),
    "plain": None,
}


def context():
    """What the TLS of a kind of certificate is made of; none if it is to be none."""
    make = CERTIFICATES[sys.argv[1]]
    if make is None:
        return None
    make()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain("own.pem", "own.key")
    return made


play({name: lambda server, request: None for name in CERTIFICATES}, tls=context())
