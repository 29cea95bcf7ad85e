//! What outlives the server, and what does not.

use crate::site::Site;

#[tokio::test]
async fn logins_survive_a_power_failure_and_logouts_too() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let bob = site.register("Bob").await?;
    let kept = bob.copy()?;
    bob.post(&site.at("/logout"), &[]).await?;
    let Site { server, data } = site;
    server.kill().await?;

    let site = Site::start_again(data).await?;
    assert!(site.is_logged_in(&ada).await?);
    assert!(!site.is_logged_in(&kept).await?);
    assert!(site.is_logged_in(&site.log_in("Bob").await?).await?);
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_in_peace_when_it_is_asked_to() -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let Site { server, data } = site;
    let ended = server.stop().await?;
    assert!(ended.status.success(), "{}", ended.output);
    assert!(ended.output.contains("stopping"), "{}", ended.output);
    let secret = ada.cookie("countersign")?.expect("a cookie");
    assert!(!ended.output.contains(&secret), "{}", ended.output);
    // The log of the database is back in its one file, which nobody else can read.
    let files: Vec<_> = std::fs::read_dir(data.path())?.collect::<Result<_, _>>()?;
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].metadata()?.permissions().mode() & 0o777, 0o600);

    let site = Site::start_again(data).await?;
    assert!(site.is_logged_in(&ada).await?);
    Ok(())
}
