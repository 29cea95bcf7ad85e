//! How it starts, and how it does not.

use countersign_interop::{Curl, Server, ServerBuilder};

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
