"""Makes a database as Flask-Security makes it, with one user for each scheme of hashes: `flask_security_users.py URL SALT`."""

import sys
from datetime import datetime, timezone

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, hash_password
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

SCHEMES = [
    "argon2",
    "bcrypt",
    "pbkdf2_sha512",
    "pbkdf2_sha256",
    "sha512_crypt",
    "sha256_crypt",
]

url, salt = sys.argv[1:]
db = SQLAlchemy()
fsqla.FsModels.set_db_info(db)


class Role(db.Model, fsqla.FsRoleMixin):
    pass


class User(db.Model, fsqla.FsUserMixin):
    pass


def application(scheme):
    app = Flask(scheme)
    app.config.update(
        SECRET_KEY="a secret key for a test",
        SQLALCHEMY_DATABASE_URI=url,
        SECURITY_PASSWORD_SALT=salt,
        SECURITY_PASSWORD_HASH=scheme,
        SECURITY_USERNAME_ENABLE=True,
    )
    db.init_app(app)
    store = SQLAlchemyUserDatastore(db, User, Role)
    Security(app, store)
    return app, store


for number, scheme in enumerate(SCHEMES):
    app, store = application(scheme)
    with app.app_context():
        db.create_all()
        editor = store.find_or_create_role(name="editor")
        store.create_user(
            email=f"{scheme}@example.com",
            username=scheme.replace("_", ""),
            password=hash_password(f"{scheme} battery staple"),
            roles=[editor] if scheme == "argon2" else [],
            confirmed_at=datetime(2024, 2, 29, 12, 30, tzinfo=timezone.utc) if number % 2 == 0 else None,
        )
        store.commit()

app, store = application("argon2")
with app.app_context():
    store.create_user(email="sleepy@example.com", password=hash_password("sleepy battery staple"), active=False)
    store.create_user(email="nobody@example.com", password=None)
    store.commit()
