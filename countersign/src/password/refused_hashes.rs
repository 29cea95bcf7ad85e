//! Stored strings that the real systems would not take, or that nobody should work on.

use super::*;

#[test]
fn what_the_real_systems_would_not_read_is_refused() {
    let hex = "0".repeat(128);
    let tag = "A".repeat(86);
    let malformed = [
        // Werkzeug
        format!("scrypt:3:8:1$salt${hex}"),
        format!("scrypt:0:8:1$salt${hex}"),
        format!("scrypt:1:8:1$salt${hex}"),
        format!("scrypt:-16:8:1$salt${hex}"),
        format!("scrypt:16:0:1$salt${hex}"),
        format!("scrypt:16:8:0$salt${hex}"),
        format!("scrypt:16:8$salt${hex}"),
        format!("scrypt:16:8:1:1$salt${hex}"),
        format!("scrypt:a:8:1$salt${hex}"),
        format!("scrypt:16:8:1$salt${}", &hex[1..]),
        format!("scrypt:16:8:1$salt${}", &hex[2..]),
        format!("scrypt:16:8:1$salt${hex}00"),
        format!("scrypt:16:8:1$salt${}A", &hex[1..]),
        format!("scrypt:16:8:1$salt$0${hex}"),
        "scrypt:16:8:1$é$é".to_owned(),
        "scrypt$salt$".to_owned(),
        format!("pbkdf2:sha256:0$salt${}", &hex[..64]),
        format!("pbkdf2:sha256:-1$salt${}", &hex[..64]),
        format!("pbkdf2:nope:5$salt${}", &hex[..64]),
        format!("pbkdf2:shake_128:5$salt${}", &hex[..64]),
        format!("pbkdf2::5$salt${}", &hex[..64]),
        format!("pbkdf2:sha256:5:5$salt${}", &hex[..64]),
        format!("pbkdf2:sha256:$salt${}", &hex[..64]),
        format!("pbkdf2:sha256:5$salt${}", &hex[..40]),
        // Django
        "pbkdf2_sha256$20$$AAAA".to_owned(),
        "pbkdf2_sha256$x$salt$AAAA".to_owned(),
        "pbkdf2_sha256$-5$salt$AAAA".to_owned(),
        "pbkdf2_sha256$20$salt".to_owned(),
        "pbkdf2_sha256$20$salt$AAAA".to_owned(),
        // It compares text: as good as another number, and another spelling of the same tag.
        "pbkdf2_sha256$03$0123456789abcdefghijkl$UAgvcQJhtXybIlZrv41kWSStOfQfxaalnpBH3SGZGi8="
            .to_owned(),
        "pbkdf2_sha256$3$0123456789abcdefghijkl$UAgvcQJhtXybIlZrv41kWSStOfQfxaalnpBH3SGZGi8"
            .to_owned(),
        "pbkdf2_sha256$3$0123456789abcdefghijkl$UAgvcQJhtXybIlZrv41kWSStOfQfxaalnpBH3SGZGi9="
            .to_owned(),
        "scrypt$3$salt$8$1$AAAA".to_owned(),
        "scrypt$16$salt$8$1$1$AAAA".to_owned(),
        "argon2$argon2x$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA".to_owned(),
        "argon2$".to_owned(),
        "bcrypt$$2b$04$short".to_owned(),
        "bcrypt$plain".to_owned(),
        "bcrypt_sha256$$2z$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm".to_owned(),
        // Passlib
        "$pbkdf2-sha256$20$salt".to_owned(),
        "$pbkdf2-sha256$020$c2FsdA$AAAA".to_owned(),
        "$pbkdf2-sha256$0$$HKo2W.Qa3UA3AfvAFWRWK84ZJcq4.GmhQA66pqJn90I".to_owned(),
        "$pbkdf2-sha256$3$$HKo2W+Qa3UA3AfvAFWRWK84ZJcq4+GmhQA66pqJn90I".to_owned(),
        "$scrypt$ln=0,r=8,p=1$c2FsdA$mrWBiCQQZGeZH/ptpQVNR7kS/LBM0L8PKZIqTxCb8s4".to_owned(),
        "$scrypt$r=8,ln=4,p=1$c2FsdA$mrWBiCQQZGeZH/ptpQVNR7kS/LBM0L8PKZIqTxCb8s4".to_owned(),
        "$scrypt$ln=4,r=8$c2FsdA$mrWBiCQQZGeZH/ptpQVNR7kS/LBM0L8PKZIqTxCb8s4".to_owned(),
        "$scrypt$ln=4,r=8,p=1$c2FsdA$mrWBiCQQ".to_owned(),
        "$bcrypt-sha256$v=1,t=2b,r=4$i0eQ1lL5cr3CVHKvGnotNO$Ju6tB.EbMNQwCl9EBaS865RzWzpqq9e"
            .to_owned(),
        "$bcrypt-sha256$v=2,t=2a,r=4$i0eQ1lL5cr3CVHKvGnotNO$Ju6tB.EbMNQwCl9EBaS865RzWzpqq9e"
            .to_owned(),
        "$bcrypt-sha256$2y,4$gi.CW9FKcdc1uWnIePBjVO$381yhDg6Q4F12oRddadPlALc1PR5dVW".to_owned(),
        "$bcrypt-sha256$2a,04$gi.CW9FKcdc1uWnIePBjVO$381yhDg6Q4F12oRddadPlALc1PR5dVW".to_owned(),
        "$bcrypt-sha256$2a,3$gi.CW9FKcdc1uWnIePBjVO$381yhDg6Q4F12oRddadPlALc1PR5dVW".to_owned(),
        format!("$6$salt${}", &tag[1..]),
        format!("$6$salt$A{tag}"),
        format!("$6$salt$*{}", &tag[1..]),
        format!("$6$0123456789abcdefg${tag}"),
        format!("$6$rounds=999$salt${tag}"),
        format!("$6$rounds=01000$salt${tag}"),
        format!("$6$rounds=$salt${tag}"),
        format!("$6$rounds=1000${tag}"),
        format!("$6$rounds=1000$salt$more${tag}"),
        format!("$5$salt${tag}"),
        "$5$".to_owned(),
        // The marks
        "flask-security$bcrypt$plain".to_owned(),
        "devise$$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA".to_owned(),
        "devise$".to_owned(),
        "devise$devise$$2a$04$TEjKRtzlKp35TAGdu3RFIueCwMMe9ASZBc93Pwmo1zPDICnRz1pe2".to_owned(),
    ];
    let site = cheap_with(
        ImportedHashes::new()
            .flask_security_salt("salt")
            .devise_pepper("pepper"),
    );
    for stored in &malformed {
        let description = site.describe(stored);
        assert!(
            matches!(description.problem, Some(PasswordError::MalformedHash(_))),
            "{stored} {description:?}"
        );
        assert!(description.scheme.is_some(), "{stored}");
        assert_eq!((description.cost, description.memory_kib), (None, 0));
    }
}

#[test]
fn hashes_beyond_the_limits_are_refused_whatever_their_system() {
    let hex = "0".repeat(128);
    let tag = "A".repeat(86);
    let costly = [
        format!("scrypt:1073741824:8:1$salt${hex}"),
        format!("scrypt:16:1073741823:1$salt${hex}"),
        format!("scrypt:16:8:4294967297$salt${hex}"),
        format!("scrypt:99999999999999999999999:8:1$salt${hex}"),
        format!("scrypt:4294967296:4294967296:4294967296$salt${hex}"),
        format!("scrypt:1048576:8:1$salt${hex}"),
        format!("scrypt:65536:8:17$salt${hex}"),
        format!("pbkdf2:sha256:99999999999$salt${}", &hex[..64]),
        format!("pbkdf2:sha256:5000001$salt${}", &hex[..64]),
        "pbkdf2_sha256$99999999999$salt$AAAA".to_owned(),
        "scrypt$1073741824$salt$8$1$OF2al92eMn5HGib8AKSQFlvPtvWqkNudPsfPwYX/CCB4ZCRe2SoM2/xiX7JskdAieNmNUKAfnNCpWfyp9PcjkA==".to_owned(),
        "argon2$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4".to_owned(),
        "bcrypt$$2b$31$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm".to_owned(),
        "bcrypt_sha256$$2b$31$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm".to_owned(),
        "$pbkdf2-sha512$4294967295$c2FsdA$AAAA".to_owned(),
        "$scrypt$ln=31,r=8,p=1$c2FsdA$mrWBiCQQZGeZH/ptpQVNR7kS/LBM0L8PKZIqTxCb8s4".to_owned(),
        "$scrypt$ln=99999999999,r=8,p=1$c2FsdA$mrWBiCQQZGeZH/ptpQVNR7kS/LBM0L8PKZIqTxCb8s4".to_owned(),
        "$bcrypt-sha256$v=2,t=2b,r=31$i0eQ1lL5cr3CVHKvGnotNO$Ju6tB.EbMNQwCl9EBaS865RzWzpqq9e".to_owned(),
        format!("$6$rounds=999999999$salt${tag}"),
        format!("$6$rounds=2000001$salt${tag}"),
        format!("$5$rounds=99999999999999999999999$salt${}", &tag[..43]),
        "devise$$2a$31$TEjKRtzlKp35TAGdu3RFIueCwMMe9ASZBc93Pwmo1zPDICnRz1pe2".to_owned(),
        format!("flask-security$$6$rounds=999999999$salt${tag}"),
    ];
    for stored in &costly {
        let description = cheap().describe(stored);
        assert!(
            matches!(description.problem, Some(PasswordError::TooCostly { .. })),
            "{stored} {description:?}"
        );
    }
}
