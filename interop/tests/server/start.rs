//! How it starts, and how it does not.

use std::ffi::OsStr;

use countersign_interop::{Authority, Curl, Server, ServerBuilder};

use crate::site::{PASSWORD, Site, program};

#[tokio::test]
async fn it_tells_where_to_click_and_where_the_data_is() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = program().folder(folder.path()).start().await?;
    let output = server.output();
    for text in [
        &server.at("/register"),
        &server.at("/login"),
        "data/countersign.db",
    ] {
        assert!(output.contains(text), "{output}");
    }
    assert!(folder.path().join("data/countersign.db").is_file());
    Ok(())
}

#[tokio::test]
async fn it_tells_by_what_it_is_reached() -> anyhow::Result<()> {
    let authority = Authority::new().await?;
    let own = authority.certify("own", "DNS:app.test", 1).await?;
    let (certificate, key) = (own.certificate.as_os_str(), own.key.as_os_str());
    let certificate = [
        "--https-certificate".as_ref(),
        certificate,
        "--https-key".as_ref(),
        key,
    ];
    let proxy = ["--proxy-trusted".as_ref(), OsStr::new("127.0.0.1")];
    let https = "https://app.test";
    let cases: [(&str, Vec<&OsStr>, &str); 4] = [
        (
            "http://localhost",
            vec![],
            "It listens at http://127.0.0.1:",
        ),
        (
            https,
            certificate.to_vec(),
            "It listens at https://127.0.0.1:",
        ),
        (
            https,
            proxy.to_vec(),
            "of a reverse proxy at http://127.0.0.1:",
        ),
        (
            https,
            [&certificate[..], &proxy].concat(),
            "of a reverse proxy at https://127.0.0.1:",
        ),
    ];
    for (public_url, arguments, text) in cases {
        let folder = tempfile::tempdir()?;
        let program = program()
            .folder(folder.path())
            .argument("--registration=closed")
            .argument("--public-url")
            .argument(public_url);
        let program = arguments
            .iter()
            .fold(program, |program, argument| program.argument(argument));
        let server = program.start().await?;
        server.wait_for_output(text, 1).await?;
        server.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_address_of_this_machine_may_be_written_as_ipv6() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::program("countersign")
        .folder(folder.path())
        .argument("--listen")
        .argument("[::ffff:127.0.0.1]:0");
    let server = server.start().await?;
    let answer = Curl::new()?.get(&server.at("/login")).await?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Ok(())
}

#[tokio::test]
async fn nobody_registers_where_registration_is_closed() -> anyhow::Result<()> {
    for who in ["invitation", "closed"] {
        let site = Site::start_with(&["--registration", who]).await?;
        let curl = Curl::new()?;
        assert_eq!(site.page(&curl, "/register").await?.status, 403, "{who}");
        let fields = [("username", "Ada"), ("password", PASSWORD)];
        let answer = curl.post(&site.at("/register"), &fields).await?;
        assert_eq!(answer.status, 403, "{who}: {}", answer.body);
        let answer = site.try_to_log_in(&curl, "Ada", PASSWORD).await?;
        assert_eq!(answer.status, 401, "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn what_it_can_not_start_with_is_one_clear_sentence() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let taken_address = taken.local_addr()?.to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, "a file, no folder")?;
    let no_database = folder.path().join("no-database");
    std::fs::create_dir(&no_database)?;
    std::fs::write(no_database.join("countersign.db"), "garbage ".repeat(1_000))?;

    let data = folder.path().join("data");
    let countersign = || {
        Server::program("countersign")
            .argument("--data")
            .argument(&data)
    };
    let cases: [(ServerBuilder, i32, &[&str]); 11] = [
        (
            countersign().argument("--listen").argument(&taken_address),
            1,
            &[
                "another program listens on",
                &taken_address,
                "--listen 127.0.0.1:",
            ],
        ),
        (
            program().argument("--data").argument(file.join("data")),
            1,
            &["data folder", "can't be made", "--data"],
        ),
        (
            program().argument("--data").argument(&file),
            1,
            &["data folder", "--data"],
        ),
        (
            program().argument("--data").argument(&no_database),
            1,
            &["countersign.db", "can't be used"],
        ),
        (
            countersign().argument("--listen").argument("0.0.0.0:0"),
            2,
            &["0.0.0.0:0", "--public-url https://"],
        ),
        (
            countersign().argument("--listen").argument("3000"),
            2,
            &["127.0.0.1:3000"],
        ),
        (
            countersign().variable("COUNTERSIGN_LISTEN", "nowhere"),
            2,
            &["127.0.0.1:3000"],
        ),
        (
            countersign()
                .argument("--public-url")
                .argument("http://example.com"),
            2,
            &["must begin with `https://`"],
        ),
        (
            countersign()
                .argument("--public-url")
                .argument("https://example.com")
                .argument("--proxy-trusted")
                .argument("127.0.0.1"),
            2,
            &[
                "registration: ",
                "`--registration open`, `invitation` or `closed`",
            ],
        ),
        (
            countersign().argument("--registration").argument("yes"),
            2,
            &["registration (--registration): found `yes`; expected `open`"],
        ),
        (countersign().argument("--colour"), 2, &["--colour"]),
    ];
    for (program, code, texts) in cases {
        let ended = program.run_to_end().await?;
        assert_eq!(ended.status.code(), Some(code), "{}", ended.output);
        for text in texts {
            assert!(ended.output.contains(text), "{text}:\n{}", ended.output);
        }
        assert!(!ended.output.contains("panicked"), "{}", ended.output);
    }
    assert!(
        !data.exists(),
        "nothing is made before the address is known to be free"
    );
    Ok(())
}
