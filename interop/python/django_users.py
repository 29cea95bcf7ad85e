"""Makes a database as Django makes it, with one user for each of its hashers: `django_users.py URL`."""

import sys
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command

url = urlsplit(sys.argv[1])
if url.scheme == "sqlite":
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path[1:]}
else:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
    }
HASHERS = [
    "PBKDF2PasswordHasher",
    "PBKDF2SHA1PasswordHasher",
    "Argon2PasswordHasher",
    "BCryptSHA256PasswordHasher",
    "BCryptPasswordHasher",
    "ScryptPasswordHasher",
]
settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{hasher}" for hasher in HASHERS],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402

call_command("migrate", verbosity=0)
for scheme in ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt"]:
    User.objects.create(
        username=scheme,
        email=f"{scheme}@example.com",
        password=make_password(f"{scheme} battery staple", hasher=scheme),
    )
User.objects.create_user("default", "default@example.com", "default battery staple")
User.objects.create_superuser("root", "root@localhost", "root battery staple")
User.objects.create_user("sleepy", "sleepy@example.com", "sleepy battery staple", is_active=False)
User.objects.create_user("unusable", "unusable@example.com")
# As many sites have it.
User.objects.create_user("ada@example.com", "ada@example.com", "ada battery staple")
User.objects.get(username="argon2").groups.add(Group.objects.create(name="editors"))
