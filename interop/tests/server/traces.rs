//! What a collector of traces is sent.

use std::collections::BTreeMap;

use anyhow::Context as _;
use countersign_interop::{Curl, PATIENCE};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::site::Site;

#[tokio::test]
async fn the_span_of_a_request_arrives_and_has_no_secret() -> anyhow::Result<()> {
    let (endpoint, mut collected) = collect().await?;
    let site = Site::start_with(&["--traces-endpoint", &endpoint]).await?;
    let curl = Curl::new()?;
    let header = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01");
    let path = site.at(&format!("/login?next={SECRET}"));
    let fields = format!("username={SECRET}&password={SECRET}");
    let cookie = format!("Cookie: countersign={SECRET}");
    let agent = ["--user-agent", SECRET, "--header", &cookie];
    let asked = ["--header", &header, "--data", &fields, &path];
    let answer = curl.run(&[&agent[..], &asked].concat()).await?;
    let id = answer.header("x-request-id").context("a request id")?;
    curl.get(&site.at(&format!("/{SECRET}"))).await?;
    site.server.stop().await?;

    let (spans, bytes) = spans(&mut collected).await?;
    assert!(!contains(&bytes, SECRET.as_bytes()));
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert!(names.contains(&"GET (unmatched)"), "{names:?}");
    let span = spans
        .iter()
        .find(|span| span.name == "POST /login")
        .context("a span")?;
    assert_ne!(
        hexadecimal(&span.trace_id),
        TRACE,
        "a stranger names no trace"
    );
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    assert!(span.events.is_empty(), "{span:?}");
    let attributes = attributes(span);
    assert_eq!(
        attributes.get("http.route").map(String::as_str),
        Some("/login")
    );
    assert_eq!(
        attributes
            .get("http.response.status_code")
            .map(String::as_str),
        Some("401")
    );
    assert_eq!(attributes.get("request_id").map(String::as_str), Some(id));
    Ok(())
}

#[tokio::test]
async fn a_trusted_proxy_says_to_which_trace_a_request_belongs() -> anyhow::Result<()> {
    let (endpoint, mut collected) = collect().await?;
    let site = Site::start_with(&[
        "--traces-endpoint",
        &endpoint,
        "--public-url",
        "https://app.example",
        "--registration",
        "open",
        "--proxy-trusted",
        "127.0.0.1",
    ])
    .await?;
    let header = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01");
    let login = site.at("/login");
    let asked = ["--header", "Host: app.example", "--header", &header, &login];
    assert_eq!(Curl::new()?.run(&asked).await?.status, 200);
    site.server.stop().await?;
    let (spans, _) = spans(&mut collected).await?;
    let span = spans
        .iter()
        .find(|span| span.name == "GET /login")
        .context("a span")?;
    assert_eq!(hexadecimal(&span.trace_id), TRACE);
    assert_eq!(hexadecimal(&span.parent_span_id), "00f067aa0ba902b7");
    Ok(())
}

#[tokio::test]
async fn a_collector_that_does_not_answer_keeps_nobody_from_logging_in() -> anyhow::Result<()> {
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let site = Site::start_with(&["--traces-endpoint", &format!("http://{closed}")]).await?;
    let ada = site.register("Ada").await?;
    assert!(site.is_logged_in(&ada).await?);
    assert!(site.server.stop().await?.status.success());
    Ok(())
}

/// A collector: its address, and the bodies that it is sent.
async fn collect() -> anyhow::Result<(String, mpsc::UnboundedReceiver<Vec<u8>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, sender.clone()));
        }
    });
    Ok((endpoint, receiver))
}

/// Takes one request, as OTLP over HTTP has them: a `POST` to `/v1/traces` with a length.
async fn answer(
    mut stream: TcpStream,
    sender: mpsc::UnboundedSender<Vec<u8>>,
) -> anyhow::Result<()> {
    let mut read = Vec::new();
    let (head, mut body) = loop {
        anyhow::ensure!(stream.read_buf(&mut read).await? > 0, "no head");
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            break (String::from_utf8(read)?, body);
        }
    };
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(
        head.contains("content-type: application/x-protobuf"),
        "{head}"
    );
    let (_, length) = head.split_once("content-length: ").context("a length")?;
    let length: usize = length.lines().next().unwrap_or_default().trim().parse()?;
    while body.len() < length {
        anyhow::ensure!(stream.read_buf(&mut body).await? > 0, "no body");
    }
    sender.send(body)?;
    let ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    Ok(stream.write_all(ok).await?)
}

/// All spans that were sent, once the server has ended, and the bytes in which they came.
async fn spans(
    collected: &mut mpsc::UnboundedReceiver<Vec<u8>>,
) -> anyhow::Result<(Vec<Span>, Vec<u8>)> {
    let first = timeout(PATIENCE, collected.recv())
        .await?
        .context("no traces")?;
    let mut bodies = vec![first];
    while let Ok(body) = collected.try_recv() {
        bodies.push(body);
    }
    let mut spans = Vec::new();
    for body in &bodies {
        let request = ExportTraceServiceRequest::decode(&body[..])?;
        let scopes = request
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        spans.extend(scopes.flat_map(|scope| scope.spans));
    }
    Ok((spans, bodies.concat()))
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    let pairs = span.attributes.iter().filter_map(|attribute| {
        let value = match attribute.value.as_ref()?.value.as_ref()? {
            Value::StringValue(text) => text.clone(),
            Value::IntValue(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        Some((attribute.key.clone(), value))
    });
    pairs.collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The example of W3C Trace Context, section 3.2.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A word that stands nowhere else.
const SECRET: &str = "planted7f3a9c";
