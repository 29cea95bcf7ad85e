"""Makes a table of one's own, as the tutorials of Flask have it: `sqlalchemy_users.py URL`. Its hashes are bytes."""

import sys

import argon2
import bcrypt
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

app = Flask("users")
app.config["SQLALCHEMY_DATABASE_URI"] = sys.argv[1]
db = SQLAlchemy(app)


class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)
    password_hash = db.Column(db.LargeBinary)
    disabled = db.Column(db.Boolean)
    created_at = db.Column(db.DateTime, server_default=db.func.now())


def hashes(password):
    yield "scrypt", generate_password_hash(password("scrypt"))
    yield "pbkdf2", generate_password_hash(password("pbkdf2"), method="pbkdf2:sha256:1000")
    yield "pbkdf2sha512", generate_password_hash(password("pbkdf2sha512"), method="pbkdf2:sha512:1000")
    yield "bcrypt", bcrypt.hashpw(password("bcrypt").encode(), bcrypt.gensalt(4)).decode()
    yield "argon2", argon2.PasswordHasher().hash(password("argon2"))
    yield "用户", generate_password_hash(password("用户"))


with app.app_context():
    db.create_all()
    for name, hash in hashes(lambda name: f"{name} battery staple"):
        db.session.add(User(name=name, password_hash=hash.encode()))
    db.session.add(User(name="sleepy", password_hash=b"", disabled=True))
    db.session.commit()
