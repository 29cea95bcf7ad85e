"""An application with a login, as it is in Flask. `src/main.rs` is the same application in Rust, in the same order.

Both take their settings from the environment, and both can run at once, on one database and with one secret key:
whoever logs in at one of them is logged in at the other.
"""

import os
import re
from datetime import timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, get_flashed_messages, jsonify, redirect, request, session
from flask_login import (
    LoginManager,
    UserMixin,
    confirm_login,
    current_user,
    fresh_login_required,
    login_fresh,
    login_remembered,
    login_required,
    login_user,
    logout_user,
)
from flask_sqlalchemy import SQLAlchemy
from markupsafe import escape
from werkzeug.security import check_password_hash
from werkzeug.urls import iri_to_uri

DAY = 24 * 60 * 60
LOGIN_KEYS = {"_user_id", "_fresh", "_id", "_remember", "_remember_seconds"}


def setting(name, default):
    return os.environ.get(f"TWIN_{name}", default)


app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["TWIN_SECRET_KEY"],
    SECRET_KEY_FALLBACKS=[key for key in setting("FALLBACKS", "").split(",") if key],
    PERMANENT_SESSION_LIFETIME=timedelta(seconds=int(setting("PERMANENT_SECONDS", 31 * DAY))),
    REMEMBER_COOKIE_DURATION=timedelta(seconds=int(setting("REMEMBER_SECONDS", 365 * DAY))),
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{Path(setting('DB', 'twin.db')).absolute()}",
)
db = SQLAlchemy(app)

login_manager = LoginManager(app)
login_manager.login_view = "login"
login_manager.refresh_view = "confirm"
protection = setting("PROTECTION", "basic")
login_manager.session_protection = None if protection == "none" else protection


class User(db.Model, UserMixin):
    __tablename__ = "users"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.Text, unique=True, nullable=False)
    password_hash = db.Column(db.Text, nullable=False)
    is_active = db.Column(db.Boolean, nullable=False)

    def check_password(self, password):
        if not self.password_hash.startswith("$argon2"):
            return check_password_hash(self.password_hash, password)
        try:
            return PasswordHasher().verify(self.password_hash, password)
        except (InvalidHashError, VerificationError):
            return False


@login_manager.user_loader
def load_user(user_id):
    if not re.fullmatch("[0-9]{1,18}", str(user_id)):
        return None
    return db.session.get(User, int(user_id))


@app.get("/public")
def public():
    return "Everybody may see this."


@app.get("/login")
def login():
    return page("username", "password")


@app.post("/login")
def log_in():
    duration = request.form.get("duration", "")
    if not re.fullmatch("[0-9]{0,9}", duration):
        return jsonify(error="the duration is no number of seconds"), 400
    user = User.query.filter_by(username=request.form.get("username", "")).first()
    if user is None or not user.check_password(request.form.get("password", "")):
        return jsonify(error="wrong username or password"), 401
    is_active = login_user(
        user,
        remember=request.form.get("remember") == "1",
        duration=timedelta(seconds=int(duration)) if duration else None,
        fresh=request.form.get("fresh") != "0",
    )
    if not is_active:
        return jsonify(error="this account is not active"), 403
    return redirect(next_or("/whoami"))


@app.route("/logout", methods=["GET", "POST"])
def logout():
    logout_user()
    return redirect("/public")


@app.get("/confirm")
@login_required
def confirm():
    return page("password")


@app.post("/confirm")
@login_required
def confirm_password():
    if not current_user.check_password(request.form.get("password", "")):
        return jsonify(error="wrong password"), 401
    confirm_login()
    return redirect(next_or("/whoami"))


@app.route("/protected", methods=["GET", "POST", "OPTIONS"])
@login_required
def protected():
    return "You are logged in."


@app.get("/fresh-only")
@fresh_login_required
def fresh_only():
    return "You have just proved who you are."


@app.get("/whoami")
def whoami():
    return jsonify(
        user_id=current_user.get_id() if current_user.is_authenticated else None,
        authenticated=current_user.is_authenticated,
        fresh=login_fresh(),
        remembered=login_remembered(),
    )


@app.post("/set")
def set_value():
    key, value = request.form["key"], request.form["value"]
    if key in LOGIN_KEYS:
        return jsonify(error="this key is the login's own"), 400
    session[key] = value
    return jsonify(value=value)


@app.get("/get")
def get_value():
    return jsonify(value=session.get(request.args["key"]))


@app.post("/permanent")
def permanent():
    session.permanent = True
    return jsonify(permanent=True)


def page(*fields):
    """A form, below the messages that were flashed for it."""
    messages = "".join(f"<p>{escape(message)}</p>\n" for message in get_flashed_messages())
    inputs = "".join(f"<input name={field}>\n" for field in fields)
    return f"<!doctype html>\n{messages}<form method=post>\n{inputs}<button>Log in</button>\n</form>\n"


def next_or(default):
    """Where the visitor wanted to go, if that is a path of this site, however a browser reads it."""
    target = request.args.get("next", "")
    is_path = target.startswith("/") and "//" not in target.partition("?")[0]
    is_plain = target.isprintable() and "\\" not in target
    return iri_to_uri(target) if is_path and is_plain else default


with app.app_context():
    connection = db.engine.raw_connection()
    connection.executescript(Path(__file__).with_name("users.sql").read_text(encoding="utf-8"))
    connection.close()

if __name__ == "__main__":
    app.run(port=int(setting("PORT", 5000)), threaded=True)
