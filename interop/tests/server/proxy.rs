//! Behind a proxy, and past it.

use countersign_interop::Curl;

use crate::site::{program, public};

#[tokio::test]
async fn who_comes_past_the_proxy_is_refused() -> anyhow::Result<()> {
    for (trusted, is_served) in [
        ("10.0.0.0/8", false),
        ("10.0.0.0/8,127.0.0.1", true),
        ("::1,127.0.0.0/8", true),
    ] {
        let data = tempfile::tempdir()?;
        let server = public(program())
            .argument("--data")
            .argument(data.path())
            .argument("--proxy-trusted")
            .argument(trusted)
            .start()
            .await?;
        let curl = Curl::new()?;
        let forged = ["--header", "X-Forwarded-For: 10.0.0.1"];
        let login = curl
            .run(&[&forged[..], &[&server.at("/login")]].concat())
            .await?;
        assert_eq!(
            login.status == 200,
            is_served,
            "{trusted}: {}",
            login.status
        );
        if !is_served {
            assert_eq!(login.status, 421);
            assert!(login.body.contains("begins with https"), "{}", login.body);
            assert!(!login.body.contains("proxy"), "{}", login.body);
            server.wait_for_output("proxy.trusted", 1).await?;
        }
        // Whoever watches over the server comes as it likes.
        for path in ["/healthz", "/readyz"] {
            assert_ne!(curl.get(&server.at(path)).await?.status, 421, "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_network_is_one_clear_sentence() -> anyhow::Result<()> {
    let ended = public(program())
        .argument("--proxy-trusted")
        .argument("nginx")
        .run_to_end()
        .await?;
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.output.contains("10.0.0.0/8"), "{}", ended.output);
    Ok(())
}
