//! The doctor: says nothing of what is right, and finds what is wrong, in set-ups with a real nginx.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use anyhow::Context as _;
use countersign_interop::{Server, free_port};

use crate::behind::{Behind, shown};

#[tokio::test]
async fn what_the_guide_says_is_well() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let root = behind.authority.root();
    let findings = behind.findings(&root, &[]).await?;
    assert_eq!(findings.with("mistake"), [""; 0], "{findings:?}");
    assert_eq!(findings.with("warning"), [""; 0], "{findings:?}");
    assert_eq!(findings.code, Some(0));
    assert!(findings.with("ok").len() > 15, "{findings:?}");

    // People read the same as a table.
    let ended = behind.doctor(&["--root", shown(&root)?]).await?;
    assert!(ended.status.success(), "{}", ended.output);
    assert!(
        ended.output.trim_start().starts_with("RESULT"),
        "{}",
        ended.output
    );
    assert!(!ended.output.contains('→'), "{}", ended.output);
    nginx.stop().await
}

#[tokio::test]
async fn a_server_for_this_machine_alone_is_well() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let listen = format!("127.0.0.1:{}", free_port()?);
    let program = || {
        Server::program("countersign")
            .folder(folder.path())
            .argument("--listen")
            .argument(&listen)
    };
    let server = program().start().await?;
    let ended = program().argument("doctor").run_to_end().await?;
    assert!(ended.status.success(), "{}", ended.output);
    assert!(!ended.output.contains('→'), "{}", ended.output);
    server.stop().await?;
    let ended = program().argument("doctor").run_to_end().await?;
    assert_eq!(ended.status.code(), Some(3), "{}", ended.output);
    assert!(ended.output.contains(&listen), "{}", ended.output);
    assert!(
        ended.output.contains("Start the server"),
        "{}",
        ended.output
    );
    Ok(())
}

#[tokio::test]
async fn mistakes_in_the_proxy_are_found_and_named_by_their_directives() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let forwarded = "proxy_set_header X-Forwarded-For $remote_addr;";
    let location = "location / {";
    let in_location = |directives: &str| format!("{location}\n{directives}");
    let kept = in_location(
        "proxy_cache kept; proxy_cache_valid 200 1h; proxy_ignore_headers Cache-Control Expires Vary;",
    );
    let zone = "http {\n    proxy_cache_path FOLDER/kept keys_zone=kept:1m;\n";
    let zone = zone.replace("FOLDER", shown(behind.folder.path())?);
    let body = "client_max_body_size 64k;";
    let cases: Vec<Case<'_>> = vec![
        // Nobody says who the client is, and nginx passes on what clients write.
        (
            vec![(forwarded, String::new())],
            &["proxy.client", "proxy.forgery"],
            "proxy_set_header X-Forwarded-For",
        ),
        (
            vec![(forwarded, "proxy_set_header X-Forwarded-For \"\";".to_owned())],
            &["proxy.client"],
            "proxy_set_header X-Forwarded-For",
        ),
        (
            vec![(
                forwarded,
                "set $who $remote_addr; if ($http_x_forwarded_for) { set $who $http_x_forwarded_for; } \
                 proxy_set_header X-Forwarded-For $who;"
                    .to_owned(),
            )],
            &["proxy.forgery"],
            "proxy_set_header X-Forwarded-For",
        ),
        (
            vec![(forwarded, "proxy_set_header X-Forwarded-For unknown;".to_owned())],
            &["proxy.client"],
            "names no client",
        ),
        (
            vec![("http {\n", zone), (location, kept)],
            &["pages.cache"],
            "proxy_cache off",
        ),
        (
            vec![(location, in_location("proxy_cookie_flags ~ nosecure nohttponly;"))],
            &["pages.cookies"],
            "proxy_cookie_flags",
        ),
        (
            vec![(location, in_location("proxy_cookie_path / /app/;"))],
            &["pages.cookies"],
            "proxy_cookie_path",
        ),
        (
            vec![(location, in_location("proxy_hide_header Set-Cookie;"))],
            &["pages.cookies"],
            "proxy_hide_header Set-Cookie",
        ),
        (
            vec![(location, in_location("proxy_set_header Cookie \"\";"))],
            &["pages.cookies"],
            "proxy_set_header Cookie",
        ),
        (
            vec![(
                location,
                in_location("proxy_hide_header Strict-Transport-Security;"),
            )],
            &["pages.hsts"],
            "proxy_hide_header",
        ),
        (
            vec![(
                location,
                in_location("add_header Strict-Transport-Security max-age=60 always;"),
            )],
            &["pages.hsts"],
            "max-age=60",
        ),
        (
            vec![(location, in_location("proxy_hide_header Content-Security-Policy;"))],
            &["pages.headers"],
            "content-security-policy is missing",
        ),
        (
            vec![(location, in_location("expires 1h;"))],
            &["pages.headers"],
            "cache-control",
        ),
        (
            vec![(location, in_location("proxy_set_header Origin \"\";"))],
            &["pages.origin"],
            "of another site is not refused",
        ),
        (
            vec![(
                location,
                in_location("proxy_set_header Origin http://127.0.0.1;"),
            )],
            &["pages.origin"],
            "own forms are refused",
        ),
        (
            vec![(body, "client_max_body_size 1k;".to_owned())],
            &["pages.body"],
            "client_max_body_size",
        ),
        (
            vec![(
                "return 301 https://login.example.com$request_uri;",
                "location / { return 200 hello; }".to_owned(),
            )],
            &["redirect"],
            "return 301",
        ),
        (
            vec![("server 127.0.0.1:3000;", "server 127.0.0.1:9;".to_owned())],
            &["site"],
            "proxy_pass",
        ),
    ];
    for (replacements, mistakes, text) in cases {
        let replacements: Vec<_> = replacements
            .iter()
            .map(|(old, new)| (*old, new.as_str()))
            .collect();
        let nginx = behind.nginx_but(&replacements).await?;
        let findings = behind.findings(&behind.authority.root(), &[]).await?;
        assert_eq!(
            findings.with("mistake"),
            mistakes,
            "{replacements:?}: {findings:?}"
        );
        assert_eq!(
            findings.with("warning"),
            [""; 0],
            "{replacements:?}: {findings:?}"
        );
        let said: String = mistakes.iter().map(|check| findings.text(check)).collect();
        assert!(said.contains(text), "{text}: {said}");
        assert_eq!(findings.code, Some(3));
        nginx.stop().await?;
    }
    Ok(())
}

/// What is replaced in the guide's file, the checks that find a mistake, and what they say.
type Case<'a> = (Vec<(&'a str, String)>, &'a [&'a str], &'a str);

#[tokio::test]
async fn connections_that_are_not_kept_are_a_warning() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind
        .nginx_but(&[("proxy_http_version 1.1;", "proxy_http_version 1.0;")])
        .await?;
    let findings = behind.findings(&behind.authority.root(), &[]).await?;
    assert_eq!(findings.with("warning"), ["proxy.http"], "{findings:?}");
    assert!(
        findings
            .text("proxy.http")
            .contains("proxy_http_version 1.1")
    );
    assert_eq!(findings.code, Some(0), "a warning is no mistake");
    nginx.stop().await
}

#[tokio::test]
async fn a_certificate_that_browsers_refuse_is_found() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let stranger = countersign_interop::Authority::new().await?;
    let known = &behind.authority;
    let over = known.certify("over", "DNS:localhost", -1).await?;
    let other = known.certify("other", "DNS:other.example", 90).await?;
    let unknown = stranger.certify("unknown", "DNS:localhost", 90).await?;
    for (certificate, text) in [
        (over, "expired on 20"),
        (other, "other.example"),
        (unknown, "--root"),
    ] {
        let nginx = behind.nginx_with(&certificate, &[]).await?;
        let findings = behind.findings(&known.root(), &[]).await?;
        assert_eq!(findings.with("mistake"), ["certificate"], "{findings:?}");
        assert!(findings.text("certificate").contains(text), "{findings:?}");
        nginx.stop().await?;
    }
    // One that is soon over can still be used.
    let soon = known.certify("soon", "DNS:localhost", 0).await?;
    let nginx = behind.nginx_with(&soon, &[]).await?;
    let findings = behind.findings(&known.root(), &[]).await?;
    assert!(findings.text("certificate").contains("20"), "{findings:?}");
    nginx.stop().await
}

#[tokio::test]
async fn another_site_at_the_public_url_is_found() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let root = behind.authority.root();
    let nobody = behind.findings(&root, &[]).await?;
    assert_eq!(nobody.with("mistake"), ["site"], "{nobody:?}");
    assert!(nobody.text("site").contains("Nobody answers"), "{nobody:?}");
    for page in ["return 200 hello;", "return 302 https://example.com/;"] {
        let nginx = behind
            .nginx_but(&[("proxy_pass http://countersign;", page)])
            .await?;
        let findings = behind.findings(&root, &[]).await?;
        assert_eq!(findings.with("mistake"), ["site"], "{findings:?}");
        assert!(findings.text("site").contains("public_url"), "{findings:?}");
        nginx.stop().await?;
    }
    // Another countersign server is another site, too.
    let other = Behind::start().await?;
    let to_other = format!("server 127.0.0.1:{};", other.ports.server);
    let nginx = behind
        .nginx_but(&[
            ("server 127.0.0.1:3000;", &to_other),
            ("server_tokens off;", "# 127.0.0.1:3000"),
        ])
        .await?;
    let findings = behind.findings(&root, &[]).await?;
    assert_eq!(findings.with("mistake"), ["site"], "{findings:?}");
    assert!(
        findings
            .text("site")
            .contains("not this server on this database")
    );
    nginx.stop().await
}

#[tokio::test]
async fn a_server_that_runs_with_another_configuration_is_found() -> anyhow::Result<()> {
    let mut behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let root = behind.authority.root();
    let findings = behind
        .findings(&root, &["--registration", "closed"])
        .await?;
    assert_eq!(
        findings.with("mistake"),
        ["server.configuration"],
        "{findings:?}"
    );
    assert!(
        findings
            .text("server.configuration")
            .contains("registration is")
    );
    let findings = behind.findings(&root, &["--sessions-fresh", "1m"]).await?;
    assert_eq!(findings.with("mistake"), [""; 0], "{findings:?}");
    assert_eq!(
        findings.with("warning"),
        ["server.configuration"],
        "{findings:?}"
    );

    // A proxy that the running server does not trust.
    behind.stop_server().await?;
    behind
        .start_server(&["--proxy-trusted", "10.0.0.0/8"])
        .await?;
    let findings = behind
        .findings(&root, &["--proxy-trusted", "10.0.0.0/8"])
        .await?;
    let said = format!(
        "{}{}",
        findings.text("site"),
        findings.text("proxy.trusted")
    );
    assert_eq!(findings.code, Some(3), "{findings:?}");
    assert!(said.contains("add it to `proxy.trusted`"), "{findings:?}");
    nginx.stop().await
}

#[tokio::test]
async fn data_that_everybody_can_read_is_found() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    };
    let (folder, root) = (behind.data(), behind.authority.root());
    for (path, private, open) in [
        (folder.clone(), 0o700, 0o755),
        (folder.join("countersign.db"), 0o600, 0o644),
        (folder.join("countersign.db-wal"), 0o600, 0o604),
    ] {
        set(&path, open)?;
        let findings = behind.findings(&root, &[]).await?;
        assert_eq!(
            findings.with("mistake"),
            ["database.permissions"],
            "{findings:?}"
        );
        let said = findings.text("database.permissions");
        assert!(said.contains(&format!("chmod {private:o} ")), "{said}");
        assert!(said.contains(shown(&path)?), "{said}");
        set(&path, private)?;
    }
    nginx.stop().await
}

#[tokio::test]
async fn data_that_comes_from_the_future_is_found() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    behind.client()?.register("Ada").await?;
    let script = "import sqlite3, sys; database = sqlite3.connect(sys.argv[1]); \
                  database.execute('UPDATE countersign_audit SET at = at + 40 * 86400000'); database.commit()";
    let python = Command::new("python3")
        .args(["-c", script])
        .arg(behind.data().join("countersign.db"))
        .status()
        .context("python3 did not start; `cargo xtask test` installs it")?;
    assert!(python.success());
    let findings = behind.findings(&behind.authority.root(), &[]).await?;
    assert_eq!(findings.with("mistake"), ["clock.data"], "{findings:?}");
    assert!(findings.text("clock.data").contains("timedatectl"));
    nginx.stop().await
}

#[tokio::test]
async fn what_it_can_not_examine_is_one_clear_sentence() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let ended = behind.doctor(&["--listen", "nowhere"]).await?;
    assert_eq!(ended.status.code(), Some(2), "{}", ended.output);
    let nothing = behind.data().join("nothing.pem");
    let ended = behind.doctor(&["--root", shown(&nothing)?]).await?;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
    assert!(ended.output.contains("nothing.pem"), "{}", ended.output);
    let no_certificate = shown(&behind.configuration())?.to_owned();
    let ended = behind.doctor(&["--root", &no_certificate]).await?;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
    assert!(
        ended.output.contains("holds no certificate"),
        "{}",
        ended.output
    );

    let empty = tempfile::tempdir()?;
    let data = empty.path().join("data");
    let ended = behind.doctor(&["--data", shown(&data)?]).await?;
    assert_eq!(ended.status.code(), Some(3), "{}", ended.output);
    assert!(
        ended.output.contains("There is no database"),
        "{}",
        ended.output
    );
    assert!(!data.exists(), "the doctor makes nothing");
    Ok(())
}

#[tokio::test]
async fn strangers_find_nothing_where_the_doctor_asks() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let stranger = behind.client()?;
    let nowhere = stranger.page("/.well-known/countersign/elsewhere").await?;
    assert_eq!(nowhere.status, 404);
    let proof = format!("countersign-proof: {}", "A".repeat(46));
    for header in ["x: y", "countersign-proof: x", &proof] {
        let arguments = ["--header", "Accept: text/html", "--header", header];
        let answer = stranger
            .run(&arguments, "/.well-known/countersign/arrival")
            .await?;
        assert_eq!(answer.status, 404);
        // Each page holds its own address.
        assert_eq!(answer.body, nowhere.body.replace("elsewhere", "arrival"));
    }
    nginx.stop().await
}
