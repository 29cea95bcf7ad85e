# The words of the pages, in English. A message of the same name in a file `en.ftl` of an application's own replaces one.

language-name = English
site-name = Countersign
language = Language
language-of-browser = That of my browser
skip-to-content = Skip to the content
nav-site = Site

log-in = Log in
log-in-again = Log in again
log-out = Log out
register = Create account
save = Save
cancel = Cancel
confirm = Confirm

moment = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
  } { $year }, { $time } UTC

field-username = Name
field-password = Password
field-current-password = Current password
field-new-password = New password
username-hint = You log in with it, and others see it.
password-show = Show password
password-hide = Hide password
password-hint = At least { $minimum } characters. Any will do: four or five words in a row are easy to remember.
# Read by the script, which puts a number in the place of {"{"}n{"}"}.
strength-short = {"{"}n{"}"} more to go
strength-enough = Long enough

login-title = Log in
login-needed = Please log in to go on.
login-remember = Remember me on this device
login-no-account = No account yet?
register-title = Create an account
register-have-account = You have an account?
closed-title = No new accounts
login-new-password = Your password is set. Log in with it.

invitation-title = You are invited
invitation-text = With this invitation you can have an account here.
invitation-email = Your account will have the e-mail address { $email }, and it logs in like your name. If it is not yours, this invitation is not for you.
invitation-roles-text = With this invitation your account has the roles:
invitation-administrator-title = Become an administrator
invitation-administrator-text = Administrators decide about all accounts: they see who has one and where each is logged in, disable accounts, and make others administrators.
invitation-become-administrator = Become administrator as { $name }
invitation-accept = Accept the invitation as { $name }
invitation-not-fresh = You will be asked for your password first.
invitation-other-account = For another account, log out and open the link again.
invitation-nothing-new = Your account has all that this invitation gives. It still counts: leave it to somebody else.
invitation-log-in-first = Nobody can register here, so this invitation is for those who have an account. Please log in.
link-counts-until = This link works once, until
link-gone-title = This link does not work
link-gone-text = It was used already, came too late, or is not whole: each works once, and only for a time. Nothing was changed.
link-gone-what-to-do = Ask whoever sent it to you for another. It is opened in a browser that takes cookies.

set-password = Set password
set-password-title = Set a password
set-password-whose = This will be the password of
set-password-text = All sessions of this account end then.

confirm-title = Is it you?
confirm-why = What comes next would hurt in the wrong hands. Please type your password once more.

logged-out-title = You are logged out
logged-out-text = Nobody can use this browser in your name any more.

home-title = Welcome
home-text = Your account, your sessions, your data: here you see and decide about all of them.
home-hello = Hello, { $name }!
home-logged-in = You are logged in.

account-title = Your account
account-since = Member since
account-profile-text = Your name and your language
account-password-text = Change it, and everybody else is logged out
account-sessions-text = { $count ->
    [one] You are logged in here alone
   *[other] You are logged in at { $count } places
  }
account-history-text = Who logged in, and who failed to
account-delete-text = Your account goes with all that belongs to it.

nav-overview = Overview
nav-profile = Profile
nav-password = Password
nav-sessions = Sessions
nav-history = Sign-in history

password-title = Change password
password-text = All your other sessions end when you change it; this one stays.

sessions-title = Where you are logged in
sessions-text = End what you do not recognise, and change your password then.
sessions-end-others = End all other sessions
sessions-not-fresh = Before a session ends you are asked for your password.
session-current = this one
session-remembered = remembered
session-began = Began
session-last-used = Last used
session-end = End
client-on = { $browser } on { $system }
client-unknown = Unknown device

history-text = The last 90 days, the latest first.
history-succeeded = Logged in
history-failed = { $count ->
    [one] One failed attempt
   *[other] { $count } failed attempts
  }
history-empty = Nobody has logged in yet.
history-not-you = Was one of these not you?

delete-title = Delete account
delete-text = This can not be undone.
delete-what-goes = With your account go your name, your sessions and your history. Your name is free for others at once.
delete-continue = Go on to the last question
delete-sure = Are you sure? There is no way back.
delete-type-name = Type your name, { $name }, to delete your account
delete-now = Delete my account for ever

done-profile = Your profile is saved.
done-password = Your password is changed, and your other sessions are ended.
done-password-by-link = The password is set, and all sessions of that account are ended.
done-invitation = You took the invitation.
done-session = The session is ended.
done-session-gone = That session had ended already.
done-sessions = All your other sessions are ended.

refused-fields = Some fields can not be taken as they are.
refused-login = This name and this password do not belong together.
refused-throttled = { $minutes ->
    [one] There were too many failed attempts. Try again in a minute.
   *[other] There were too many failed attempts. Try again in { $minutes } minutes.
  }
refused-not-invited = Only who is invited can have an account here. Open the link of your invitation; each works once.
refused-registration-closed = Nobody can register here. Ask those who run this site for an account.
refused-password-wrong = This is not your password.
refused-password-too-short = This password has { $found } characters and needs at least { $minimum }. Four or five words in a row are easy to remember.
refused-password-too-long = This password is too long. Use at most { $limit } bytes, which are as many plain letters.
refused-password-common = This password is one of those that attackers try first. Choose one that nobody else would.
refused-password-about-you = This password is made of your name, your address or the name of this site. Choose one that is not.
refused-name-empty = Choose a name.
refused-name-too-long = This name is too long. Use at most { $limit } characters.
refused-name-character = Names are made of letters, digits, blanks and any of -_.'+, and this one has something else.
refused-name-no-letter = A name has at least one letter or digit.
refused-name-reserved = This name is reserved. Choose another.
refused-name-taken = This name is taken. Choose another.
refused-email = An e-mail address looks like ada@example.com.
refused-locale = This site does not speak that language.
refused-farewell = This is not your name.

problem-title = { $status ->
    [401] Please log in
    [403] Not allowed
    [404] Page not found
    [405] This does not work
    [409] Please look again
    [413] Too much at once
    [421] Only for this machine
    [429] Too many attempts
    [500] Something is broken
    [503] Not available just now
   *[other] This did not work
  }
problem-home = To the start page
problem-not-found = There is nothing at this address.
problem-method = This address takes no such request.
problem-too-large = What was sent is longer than 64 kB, and no form here needs that much.
problem-malformed = What was sent could not be read. Go back, reload the page and try again.
problem-throttled = There were too many failed attempts. Try again later.
problem-busy = Too many people log in at once. Try again in a moment.
problem-unavailable = Logins are unavailable at the moment. Try again in a few seconds.
problem-internal = Something is wrong with this site. Those who run it find in its log what it is.
problem-cross-origin = This request comes from a page of another site. If you meant it, go to this site and do it there.
problem-misdirected = This site serves only the machine that it runs on, until those who run it set the address that people type: by --public-url, or in code.
problem-not-logged-in = You have to be logged in for this.
problem-not-fresh = You have to confirm your password first.
problem-not-allowed = You are not allowed to do this.
problem-inactive = This account is disabled.
problem-overtaken = Your account was changed at the same time. Look at it again and try once more.

nav-admin = Administration
nav-users = Users
nav-audit = Audit
nav-invite = Invite
nav-pages = Pages
page-previous = Previous page
page-next = Next page
none = none
never = never
filter = Show
filter-any = Any
filter-none = Show all

admin-title = Administration
counter-accounts = { $count ->
    [one] account
   *[other] accounts
  }
counter-disabled = { $count ->
    [one] of them disabled
   *[other] of them disabled
  }
counter-administrators = { $count ->
    [one] administrator
   *[other] administrators
  }
counter-sessions = { $count ->
    [one] live session
   *[other] live sessions
  }
activity-title = Logins and failures
activity-period = Period
activity-table = The numbers as a table
activity-begins = From
activity-text = Hours and days are those of UTC. Accounts that are deleted take their numbers with them.
period-24h = 24 hours
period-7d = 7 days
period-30d = 30 days
period-90d = 90 days
chart-logins = Logins
chart-failures = Failed attempts
chart-throttled = Refused after too many
chart-by-hour = { $total } in all, at most { $most } within an hour. The numbers stand in the table below.
chart-by-day = { $total } in all, at most { $most } within a day. The numbers stand in the table below.

users-search = Name or e-mail address
users-state = State
users-sort = Sorted by
users-found = { $count ->
    [0] Nobody was found.
    [one] One user was found.
   *[other] { $count } users were found.
  }
state-active = active
state-disabled = disabled
sort-name = Name
sort-name-down = Name, the last first
sort-created = Creation, the oldest first
sort-created-down = Creation, the newest first
sort-last-login = Last login, the earliest first
sort-last-login-down = Last login, the latest first
field-role = Role
field-email = E-mail address

user-id = Id
user-created = Account made
user-last-login = Last login
user-never = Never logged in
user-sessions = { $count ->
    [0] Logged in nowhere
    [one] Logged in at one place
   *[other] Logged in at { $count } places
  }
email-confirmed = confirmed
email-unconfirmed = not confirmed
language-of-browser-short = that of the browser
user-roles = Roles
user-no-roles = No roles.
role-revoke = Take away
role-grant-label = Another role: one that there is, or a new name
role-grant = Give
user-no-sessions = Logged in nowhere.
user-end-sessions = End all these sessions
user-access = Access
password-link-make = Link to set a password
password-link-text = Works once, for 24 hours. Pass it on to nobody but the owner of the account. An earlier link stops working.
password-link-button = Make a link
user-unlock = Let in again after failed attempts
user-unlock-text = Forgets the failed attempts, so that the owner can try again at once.
user-unlock-button = Unlock
user-disable = Disable the account
user-disable-text = Ends all sessions; nobody can log in until you enable it again.
user-disable-button = Disable
user-enable = Enable the account
user-enable-text = Its owner can log in again.
user-enable-button = Enable
user-whole-audit = All that was done to this account
user-delete-text = The account goes with its sessions, its roles and its history. This can not be undone.
user-delete-name = Type the name, { $name }, to delete this account
user-delete-now = Delete this account for ever

everybody-text = { $count ->
    [one] One session, the only one there is.
   *[other] { $count } sessions, those that were used last first.
  }
everybody-end = End the sessions of everybody
everybody-end-text = For when you fear that somebody has got hold of the database. Everybody has to log in again, you too.
everybody-end-name = Type your own name, { $name }, to log everybody out
everybody-end-now = Log everybody out

audit-account = Account
audit-account-hint = A name or an id
audit-kind = What was done
audit-actor-kind = By whom
audit-actor = Who that is
audit-actor-hint = A name or an id
audit-from = From where
audit-from-hint = An address or a network, such as 192.0.2.0/24
audit-since = Since
audit-since-hint = A day, such as 2026-01-31
audit-until = Until
audit-until-hint = That day included
audit-export = All of these as a file:
audit-empty = Nothing like this was done.
audit-latest = Back to the latest
audit-gone = a deleted account,
audit-by-stranger = by somebody who was not logged in
audit-by-owner = by the owner,
audit-by-administrator = by the administrator
audit-by-system = by the system,
actor-administrator = An administrator
actor-owner = The owner of an account
actor-system = The system
actor-stranger = Somebody not logged in
audit-registered = Account made
audit-authenticated = Name and password checked
audit-logged-in = Logged in
audit-login-confirmed = Login confirmed
audit-logged-out = Logged out
audit-session-ended = Session ended
audit-sessions-ended = Sessions ended
audit-password-changed = Password changed
audit-password-set = Password set
audit-password-link-made = Password link made
audit-password-set-by-link = Password set by a link
audit-renamed = Name changed
audit-locale-changed = Language changed
audit-email-changed = E-mail address changed
audit-email-confirmed = E-mail address confirmed
audit-disabled = Account disabled
audit-enabled = Account enabled
audit-deleted = Account deleted
audit-role-granted = Role given
audit-role-revoked = Role taken away
audit-role-defined = Permissions of a role changed
audit-invited = Invitation made
audit-invitations-withdrawn = Unused invitations taken back
audit-invitation-accepted = Invitation taken
audit-everything-ended = Everybody logged out
audit-failures-forgotten = Unlocked
audit-imported = Accounts brought in from elsewhere

invite-text = Make a link by which somebody can make an account, once. Pass it on yourself.
invite-email-hint = Send the link there and nowhere else: whoever uses it gets this address, as a confirmed one.
invite-roles-hint = With blanks between them. For administrators there is a link of its own below.
invite-hours = How long it works
hours-1 = One hour
hours-24 = One day
hours-168 = 7 days
hours-720 = 30 days
invite-button = Make an invitation
invite-administrator = Invite an administrator
invite-administrator-text = Whoever uses this link can do all that you can do here. It works once, for one hour.
invite-administrator-button = Make a link
link-invitation-title = Invitation
link-administrator-title = Invitation of an administrator
link-password-title = Link to set a password
link-once = This link is shown only now. Copy it before you leave this page.
link-label = The link
link-expires = Works once, until
link-back = Done

done-role-granted = The role is given.
done-role-revoked = The role is taken away.
done-user-sessions = All sessions of this user are ended.
done-disabled = The account is disabled.
done-enabled = The account is enabled.
done-unlocked = The failed attempts are forgotten.
done-deleted = The account is deleted.

refused-last-administrator = This is the last administrator. Make somebody else one first.
refused-disabled = This account is disabled. Enable it first.
refused-role-name = The name of a role has 1 to 64 bytes and no blanks, such as editor.
refused-role-administrator = Administrators are invited by the link below, which works for one hour.
refused-typed-name = This is not that name.
refused-cursor = There is no such page. Begin again with the first one.
refused-choice = There is no such choice.
refused-date = A day is written like 2026-01-31.
refused-network = An address or a network is written like 192.0.2.7 or 192.0.2.0/24.
refused-nobody = There is no account of this name.
refused-actor-missing = Say who that is.
refused-actor-kind = Choose first what he did it as.
refused-hours = An invitation works for 1 to { $most } hours.
