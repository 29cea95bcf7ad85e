//! Hashes that the real systems made, each with the version that made it.

use super::*;

/// The password of all hashes here, unless another is named.
const PASSWORD: &str = "pässwörd";

#[tokio::test]
async fn hashes_of_werkzeug_are_verified() {
    // `generate_password_hash` of Werkzeug 3.1.9 on Python 3.11, or made by `hashlib` and read by `check_password_hash`.
    all_match(
        &site(),
        &[
            ("werkzeug-scrypt", "scrypt:16:8:2$AR00vOT6zWh1hCgp$58842124692d7e958375e70e79f0c7974b58acb3f150b0df5af106145317470c4c3fd838c6234e0735b0421f8f95590ad1b698cc90504b581584d3b6baa3145a"),
            ("werkzeug-scrypt", "scrypt:32768:8:1$zYIc4Fptpuxg0To0$8650289a5235dd63bc211678e538cae578999c85f9c6e64e427b46d0b48d31a4b18e93574ba00d32593e6898d621a271b91f896fbf2b1a1ae683487114fc5643"),
            ("werkzeug-pbkdf2", "pbkdf2:sha256:3$hNgP2mn4RTHGmySR$b7eb4a6d5639bb005410d43a8c719521f09ba25da8adf0ce328dddbf7df1f4a6"),
            ("werkzeug-pbkdf2", "pbkdf2:sha1:3$LYmaoUBK1X4AKpQK$7f9f44adc2c5d4e0cf79bf1411d55d8d8489a95b"),
            ("werkzeug-pbkdf2", "pbkdf2:sha512:3$Y2TlnXkav9R0uM3D$a51d076371b43d782066e6756281e58bcbb61efdf84f71af1fe8b86e97156c8f6bba6cff5e77169cf7f3783d20768818a3b135ab07eb03e8d849083f7e297c90"),
            ("werkzeug-pbkdf2", "pbkdf2:md5:3$O2XbK040x4AdMT9p$7466e8b320e2ee37a468c4807c18c72e"),
            ("werkzeug-pbkdf2", "pbkdf2:sha3_256:3$WvTtdjgMXQbqqI6h$d30c7eb5bba442f031ea7c9c82458aa938717827d52a5e6a2e1b11ca997a2eb3"),
            ("werkzeug-pbkdf2", "pbkdf2:blake2b:3$ErTsYAEV9nxRNOlC$bbe4b3f0be9673ac559d01d8cc1fb2bb026b206798def9e7e5aa567bedf4a4aa142cb51194d4e10d03b7fd60257f5d190e11228874c45137f19151ae82786eb7"),
            ("werkzeug-scrypt", "scrypt$a9LcSj0LzTRwjYau$211eda2aa1a5ac0c98eb1e213cab5b465e8e7ec3475b42c71cb12e4fe4eab9521523337af4e5bce5fa418ece6bd83a7e710796b2d0fa95bb5644a663c85e34b5"),
            ("werkzeug-pbkdf2", "pbkdf2:SHA256:007$$69643317a8a66091f927f746d1e3bcea1a452cc2fd34d4531de6eac2f895a690"),
            ("werkzeug-pbkdf2", "pbkdf2:sha256:5$é salt:x$8d94a2304bc3b33ee98bda4918467241ac9890802b0a6cb42d1618e7e6ca4556"),
            ("werkzeug-scrypt", "scrypt:32:2:2$$ebbee5f5addb24da5fcc4eb816ef5c3999e6dc240065a3cf247250d1184ade94aede3241438e223a1286266490fa2da5dee1af95b3a78ef83cb3c43b848bbddf"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_werkzeug_leaves_out_has_its_defaults() {
    let with = [
        "pbkdf2:sha256$LwqGxcO9J6H2Heet$d89337b9edc43286ed88748ad2584bd1be2b29f9b1bbac2b2ed1fc59199ad371",
        "pbkdf2$LwqGxcO9J6H2Heet$d89337b9edc43286ed88748ad2584bd1be2b29f9b1bbac2b2ed1fc59199ad371",
    ];
    // A million iterations: described only, and one is verified beside.
    for stored in with {
        let description = site().describe(stored);
        assert_eq!(description.cost.as_deref(), Some("pbkdf2-sha256 1000000"));
    }
    all_match(&site(), &[("werkzeug-pbkdf2", with[0])]).await;
}

#[tokio::test]
async fn hashes_of_django_are_verified() {
    // The hashers of Django 5.2.19, with low costs.
    all_match(
        &site(),
        &[
            ("django-pbkdf2", "pbkdf2_sha256$3$0123456789abcdefghijkl$UAgvcQJhtXybIlZrv41kWSStOfQfxaalnpBH3SGZGi8="),
            ("django-pbkdf2", "pbkdf2_sha1$3$0123456789abcdefghijkl$CVmo3iFGItlF/yJPrUKu2a+wkbI="),
            ("django-scrypt", "scrypt$16$0123456789abcdefghijkl$8$2$/+lUwYSYcvaxE4nMvsljpRNUWfNXVoIzCSUAYsYbaLq2r713VW6jfqWvcBUrjg2KsbS1cwv43V8gh1FA3EQVNg=="),
            ("django-argon2", "argon2$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZmdoaWprbA$vBqk7xC0qFXu3b4uXShYA1yGu8/thswxNCGq+1Fgc58"),
            ("django-bcrypt-sha256", "bcrypt_sha256$$2b$04$ApTQkdZZ7dISC.ZQqYVtTOgz0inFXVomFAxUMpd5ARjTs8UZzOubG"),
            ("django-bcrypt", "bcrypt$$2b$04$q2kUztS1Wg5PoM4NdUCm8OCYuwEmzi.Y4mg6sFZ2cro0cScWOHGiu"),
        ],
    )
    .await;
}

#[tokio::test]
async fn hashes_of_passlib_are_verified() {
    // Libpass 1.9.4, with low costs.
    all_match(
        &site(),
        &[
            ("passlib-pbkdf2", "$pbkdf2$3$1pqzVqp17l1LiXGuVaq1Vg$VxgWHVovsuaJP4aE3OS6FPTVyWE"),
            ("passlib-pbkdf2", "$pbkdf2-sha256$3$lJIyhtDau1fqnTPmHGMsRQ$SrjfNv3Ad2nSoouSuON8YkfcclcxPHS/99qppF7vuqA"),
            ("passlib-pbkdf2", "$pbkdf2-sha512$3$xTgnpNQaA4AQohTC.B/jnA$Vu/4RzhzwiLOv3yoDVmYdOvXJVX.qDDHAyNjB4Lwt2EHjk4mieKOBWedkliJgRKEX43tdUelWo0A9hiySY6T7Q"),
            ("passlib-pbkdf2", "$pbkdf2-sha256$3$$HKo2W.Qa3UA3AfvAFWRWK84ZJcq4.GmhQA66pqJn90I"),
            ("sha256-crypt", "$5$rounds=1000$wq2hZohGM6I0Gjp7$YpoMkvkKanstn6OAt1yLOEzpEJBl6/wGTYUSrrIo5ZC"),
            ("sha256-crypt", "$5$YUAYUd290q4y8MCY$xoKbic6MXh4jAt7BBmzfCWcx2af9BtbFIj4RpW8k.86"),
            ("sha256-crypt", "$5$rounds=1001$a$q1kiCPkMt/cVch8OVMx1cIkx3Cup9uF5NAf301FNDFA"),
            ("sha256-crypt", "$5$rounds=1003$0123456789abcdef$.oKax2X7vqShNR0rV1hIoFuTdMcM6Nj7xhJ19yUOdw/"),
            ("sha512-crypt", "$6$rounds=1000$W4za8vXrM6DR/9PC$sBehRzCVTRmqPIYLsPQtG3a3CWj4.3kK.LQXHXN6EvnmXQwW6xiZa8Nt164RMh3iITzbr5iT6Fs9v3eBfyAo10"),
            ("sha512-crypt", "$6$ZLMzq45qqoSteMdz$3y/9KsyxseP5aJAt/23MIsICsJsjBkMpTGkmDw9H2ZhS0Z9un4WeCse7dPmHOWqnrJ/BbyYliVFMVU.ABYyvp/"),
            ("sha512-crypt", "$6$rounds=1001$a$y.QZgBJK.fr0nEtaxh733es0RKW9zA1d6Lex90MtJeaQOAAv7o.NFzyl1cxfoz0O1R.eN2ZWdmJUTetXjO36C1"),
            ("sha512-crypt", "$6$rounds=1003$0123456789abcdef$RNvKmQzshKojTjo5hO/8kXHbMMIaynmWsbKBCRCSb7je3xRcN/VIRMSusRft9WQ5aL/d90JBQFeYrDs3JcpiI/"),
            ("passlib-scrypt", "$scrypt$ln=4,r=8,p=1$EOKcE0LI2XsPIcQYA0Ao5Q$mrWBiCQQZGeZH/ptpQVNR7kS/LBM0L8PKZIqTxCb8s4"),
            ("passlib-scrypt", "$scrypt$ln=3,r=2,p=3$ijHm3DuH8L63dm7NmTOm9A$d0UYtyQJZxXOxBgn+HXDckDvthFY6kS08pcJTOA8tGo"),
            ("bcrypt", "$2b$04$fxsezdfMZ3T306kQB9SptOaqQqsZFriekQqZbNTYKAB/cmniCPeh6"),
            ("passlib-bcrypt-sha256", "$bcrypt-sha256$v=2,t=2b,r=4$i0eQ1lL5cr3CVHKvGnotNO$Ju6tB.EbMNQwCl9EBaS865RzWzpqq9e"),
            ("passlib-bcrypt-sha256", "$bcrypt-sha256$2a,4$gi.CW9FKcdc1uWnIePBjVO$381yhDg6Q4F12oRddadPlALc1PR5dVW"),
            ("passlib-bcrypt-sha256", "$bcrypt-sha256$2b,4$3qx2ODJtq0vAqTS2f5.w/u$uGJzspIin/ytpYkJIOb9F/F0b0u0Ymu"),
            ("argon2i", "$argon2i$v=19$m=64,t=1,p=4$em8tZWytdY7RWss555xzrg$QDlNHCHCf1JPyQ0a3aJ6Buf+C6BlCl4jWgUshepEEF0"),
        ],
    )
    .await;
    let long = "x".repeat(200);
    for (password, stored) in [
        (
            &long[..0],
            "$5$rounds=1000$salt$oacEarljCLl1hnwSHaKByNaFLSC8faCZtGSPISXgwZ.",
        ),
        (
            &long[..],
            "$5$rounds=1000$salt$kQPQ.XqDqn.LY6.cOYS0XW7LLNf2k3deWHUbwViFf72",
        ),
        (
            &long[..0],
            "$6$rounds=1000$salt$8.6rbmbp5x0d6GHKoit3wSooHPfMEY9cwCpDMr6.bC46HXi1Eqr7xqKZ9RPwaFW/eCyoUBBNRq1xG/f612CuH0",
        ),
        (
            &long[..],
            "$6$rounds=1000$salt$L/U4YdKhAAdp.nWVmNWLVyqq0urT6ZwgLOkkM83Fix3aagGKvYaa0YbcXmEryur6hr8Fmhc1YgEus4uNLRJ3z1",
        ),
    ] {
        assert!(matches(&site(), password, stored).await, "{stored}");
        assert!(!matches(&site(), "x", stored).await, "{stored}");
    }
}

#[tokio::test]
async fn passwords_beyond_72_bytes_match_where_bcrypt_hashes_a_digest() {
    let long = "L".repeat(100);
    let stored = [
        // Libpass 1.9.4
        "$bcrypt-sha256$v=2,t=2b,r=4$bvRmBs2uC6mGbHxfUp6ace$GQPppAeD9Q9Aj1GhcUtNFsJnmruUYUi",
        // Flask-Bcrypt 1.0.1
        "bcrypt_sha256$$2b$04$Z/Z5U4pQjQDkbW4uuLI0CedmGMQA2AFXIWw2HI1Ig/13OhUI3zIPu",
    ];
    for stored in stored {
        assert!(matches(&site(), &long, stored).await, "{stored}");
        assert!(!matches(&site(), &long[..99], stored).await, "{stored}");
    }
    let marked = HashOrigin::FlaskBcryptLongPasswords.mark(&stored[1]["bcrypt_sha256$".len()..]);
    assert_eq!(marked, stored[1]);
}

#[tokio::test]
async fn hashes_of_flask_security_are_verified_by_their_mark() {
    // `hash_password` of Flask-Security-Too 5.9.2 with libpass 1.9.4, below the form that normalises.
    let imported = ImportedHashes::new()
        .flask_security_salt("salt of the site")
        .flask_security_normalization(PasswordNormalization::None);
    let site = cheap_with(imported);
    for (scheme, stored) in [
        (
            "flask-security-bcrypt",
            "$2b$04$aAwKV73bTdYKBkaOaqg0SuNC6M/wsVGz07H8XonhaWGizxD2gDory",
        ),
        (
            "flask-security-argon2id",
            "$argon2id$v=19$m=64,t=1,p=4$qbVWSmktpTSGUKq11poTAg$GFZfuz4ZDNw4ceoBiJFyfBXaKr82D0zdsZ2nZxa2gVA",
        ),
        (
            "flask-security-passlib-pbkdf2",
            "$pbkdf2-sha256$3$gZAyRihlbC1lDKH0vlfKWQ$ChWFIr5AYC0jkHVH2uvuwpmacvv/1FBE/u5/2zoi994",
        ),
        (
            "flask-security-passlib-pbkdf2",
            "$pbkdf2-sha512$3$955TihHCmLN2zjknBOBcyw$7P4FVCyzgt1fHL4Dygt6kb84GGFpsO5BgXMPj3cMDb8.pcvIfGYxvn.OPs0HDxfbRCcOiTtYjpEiGLTiF300Aw",
        ),
        (
            "flask-security-sha256-crypt",
            "$5$rounds=1000$t.eajOu1pibzAFQY$WBXY7j8Vqkf.ZpmZ9lCxx6l4eezjSOIXV1ZmDHD72kA",
        ),
        (
            "flask-security-sha512-crypt",
            "$6$rounds=1000$qvxbkxdUsEgF7ZRW$Rf2xcQUOaEHRp4CCqetUTVb655Yp88iWPwNHq9QijUGCwpBWCZCbLrIPdILthn4mgcarCWdX5MYejv/3xGsIl1",
        ),
        (
            "flask-security-passlib-bcrypt-sha256",
            "$bcrypt-sha256$v=2,t=2b,r=4$e1JXHks2rfuKm6Bua3vBme$Ce1Jwqfy6H9cwTY8/AyAEMt9TvIMYGO",
        ),
        (
            "django-pbkdf2",
            "pbkdf2_sha256$3$VEjha6QvUePt$GXdInBkeV6K2RSbLIXxh2fL7e290Fi5gfjgiiolKjQA=",
        ),
    ] {
        let marked = HashOrigin::FlaskSecurity.mark(stored);
        all_match(&site, &[(scheme, &marked)]).await;
        if scheme.starts_with("flask-security") {
            assert!(!matches(&site, PASSWORD, stored).await, "{stored}");
            let other = cheap_with(ImportedHashes::new().flask_security_salt("of another"));
            assert!(!matches(&other, PASSWORD, &marked).await, "{stored}");
        }
    }
}

#[tokio::test]
async fn flask_security_normalises_passwords_and_so_is_done_here() {
    // The same, of the password as its forms normalise it.
    let stored = HashOrigin::FlaskSecurity.mark(
        "$argon2id$v=19$m=64,t=1,p=4$RagVwhhjTEkJYcw5p1RKaQ$jA0XGfz/L9rfrjU2tWs1dwwl02hpxbDjJhcrx7Wmx/E",
    );
    let site = cheap_with(ImportedHashes::new().flask_security_salt("salt of the site"));
    for typed in [PASSWORD, "pa\u{308}sswo\u{308}rd"] {
        assert!(matches(&site, typed, &stored).await, "{typed}");
    }
    assert!(!matches(&site, "passwörd", &stored).await);
}

#[tokio::test]
async fn hashes_of_devise_are_verified_by_their_mark() {
    // Devise 4.8.1 with bcrypt 3.1.18 of Ruby. Password and pepper are cut to 72 bytes together.
    let hexadecimal = "0123456789abcdef".repeat(8);
    let (long, seventy) = ("x".repeat(80), "p".repeat(70));
    for (password, pepper, stored) in [
        (
            "password",
            "pepper",
            "$2a$04$2M6q1MRLbmGiXo.JJ8VBLuQnVG7EarAsVDZ0VjN4HazkDEjoYo6Kq",
        ),
        (
            PASSWORD,
            &hexadecimal,
            "$2a$04$px7Yg2FpGo9z9b./txtPyuNActmiolUietPYD/Vo1jMYVhXAeo.pe",
        ),
        (
            &long,
            "pepper",
            "$2a$04$Fi3Um6F3nT0tPIKSdcvLfuvXvvYFl9E81AJ.oojMY1WKA29zYZIRe",
        ),
        (
            &seventy,
            "abcdef",
            "$2a$04$Reph4F9/1SmuEob/tYKvTezb3HeVbymKwGTHwTU0mFojQqINlavnC",
        ),
    ] {
        let site = cheap_with(ImportedHashes::new().devise_pepper(pepper));
        let marked = HashOrigin::Devise.mark(stored);
        assert_eq!(
            site.describe(&marked).scheme.as_deref(),
            Some("devise-bcrypt")
        );
        assert!(matches(&site, password, &marked).await, "{password}");
        assert!(!matches(&site, "Password", &marked).await, "{password}");
        assert!(!matches(&site, password, stored).await, "{password}");
    }
    // And without a pepper.
    let plain = "$2a$04$TEjKRtzlKp35TAGdu3RFIueCwMMe9ASZBc93Pwmo1zPDICnRz1pe2";
    assert!(matches(&site(), "password", plain).await);
}

#[tokio::test]
async fn hashes_that_need_a_secret_say_which_when_it_is_missing() {
    for (origin, what) in [
        (
            HashOrigin::FlaskSecurity,
            "SECURITY_PASSWORD_SALT of Flask-Security",
        ),
        (HashOrigin::Devise, "the pepper of Devise"),
    ] {
        let stored = origin.mark(BCRYPT);
        let verdict = site()
            .verify("password", Some(&stored), Requester::anonymous())
            .await
            .unwrap();
        assert!(!verdict.matches);
        let missing = Some(PasswordError::MissingSecret { what });
        assert_eq!(verdict.problem, missing);
        assert_eq!(site().describe(&stored).problem, missing);
    }
}

#[tokio::test]
async fn nobody_logs_in_to_an_account_without_a_password() {
    // `make_password(None)` of Django 5.2.19.
    let stored = "!2gmLuARvMllWkkPvc1XSVZL7SbKkK2b9oyDemhH3";
    for password in ["", "!", stored, &stored[1..]] {
        let site = site();
        let verdict = site
            .verify(password, Some(stored), Requester::anonymous())
            .await
            .unwrap();
        assert!(!verdict.matches && !verdict.needs_rehash);
        assert_eq!((verdict.problem, verdict.password_problem), (None, None));
        assert_eq!(site.statistics().verifications, 1);
    }
    let description = site().describe(stored);
    assert_eq!(description.scheme.as_deref(), Some("unusable"));
    assert_eq!(description.problem, Some(PasswordError::NoUsablePassword));
}

#[tokio::test]
async fn a_password_that_bcrypt_would_cut_is_told_apart_from_a_wrong_one() {
    let wide = "L".repeat(73);
    // By bcrypt 4.0.1, which cut the password; 5.0.0 refuses it.
    let stored = "$2b$04$hw/v83kkvmjUK8V3R4LNmeSxoFfvztaYnaerMzf9mZCybvMbSbDGi";
    let verdict = site()
        .verify(&wide, Some(stored), Requester::anonymous())
        .await
        .unwrap();
    assert!(!verdict.matches);
    assert_eq!(verdict.problem, None);
    assert_eq!(
        verdict.password_problem,
        Some(PasswordError::TooLongForBcrypt { found: 73 })
    );
    assert!(matches(&site(), &wide[..72], stored).await);
}

#[tokio::test]
async fn hashes_that_take_equally_long_have_the_same_cost() {
    let imported = ImportedHashes::new()
        .flask_security_salt("salt")
        .devise_pepper("pepper");
    let site = cheap_with(imported);
    let cost = |stored: &str| site.describe(stored).cost.expect("it is usable");
    let plain = cost(BCRYPT);
    for stored in [
        HashOrigin::Devise.mark(BCRYPT),
        HashOrigin::FlaskSecurity.mark(BCRYPT),
        HashOrigin::FlaskBcryptLongPasswords.mark(BCRYPT),
        format!("bcrypt${BCRYPT}").into(),
    ] {
        assert_eq!(cost(&stored), plain);
    }
    let hex = "0".repeat(128);
    let mut costs = vec![
        plain,
        cost(&BCRYPT.replace("$04$", "$05$")),
        cost(&format!("scrypt:16:8:1$salt${hex}")),
        cost(&format!("scrypt:16:8:2$salt${hex}")),
        cost(&format!("pbkdf2:sha512:2$salt${hex}")),
        cost(&format!("pbkdf2:sha512:3$salt${hex}")),
        cost(&format!("pbkdf2:sha3_512:3$salt${hex}")),
        cost(&format!("$6$salt${}", "A".repeat(86))),
        cost(&format!("$5$salt${}", "A".repeat(43))),
        cost(&format!("$5$rounds=5001$salt${}", "A".repeat(43))),
    ];
    costs.sort();
    let count = costs.len();
    costs.dedup();
    assert_eq!(costs.len(), count);
    assert_eq!(
        cost(&format!("$6$rounds=5000$salt${}", "A".repeat(86))),
        cost(&format!("$6$salt${}", "A".repeat(86)))
    );
}

/// Each of these is of its scheme, matches its password and no other, and should be hashed anew.
async fn all_match(site: &Passwords, hashes: &[(&str, &str)]) {
    for (scheme, stored) in hashes {
        let description = site.describe(stored);
        assert_eq!(description.scheme.as_deref(), Some(*scheme), "{stored}");
        assert!(description.is_usable(), "{stored}");
        let verify = async |password| {
            let verdict = site.verify(password, Some(stored), Requester::anonymous());
            verdict.await.unwrap()
        };
        let right = verify(PASSWORD).await;
        assert!(right.matches && right.needs_rehash, "{stored}");
        assert!(!verify("passwörd").await.matches, "{stored}");
    }
}

fn site() -> Passwords {
    cheap_with(ImportedHashes::new())
}
