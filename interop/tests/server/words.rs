//! What stands on the pages, in the languages that the server speaks.

/// The words of one language, as the pages have them.
#[derive(Debug)]
pub(crate) struct Words {
    /// What a page says of its language (BCP 47).
    pub(crate) tag: &'static str,
    /// What a browser asks for whose reader speaks it.
    pub(crate) accept_language: &'static str,
    /// By which readers of all languages find it.
    pub(crate) own_name: &'static str,

    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
    pub(crate) current_password: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) remember: &'static str,
    /// Before the account's own name.
    pub(crate) type_name: (&'static str, &'static str),

    pub(crate) register: &'static str,
    pub(crate) log_in: &'static str,
    pub(crate) log_out: &'static str,
    pub(crate) save: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) change_password: &'static str,
    pub(crate) delete_account: &'static str,
    pub(crate) delete_continue: &'static str,
    pub(crate) delete_now: &'static str,

    pub(crate) please_log_in: &'static str,
    pub(crate) wrong_login: &'static str,
    pub(crate) logged_out: &'static str,
    pub(crate) this_session: &'static str,
    pub(crate) remembered: &'static str,
    pub(crate) session_ended: &'static str,
    pub(crate) password_too_short: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) not_your_name: &'static str,

    /// Before the account's own name.
    pub(crate) become_administrator: (&'static str, &'static str),
    pub(crate) administrator_invited: &'static str,
    pub(crate) set_password: &'static str,
    pub(crate) password_set: &'static str,
    pub(crate) link_gone: &'static str,
}

impl Words {
    /// The label of the field in which a name is typed before its account goes.
    pub(crate) fn type_name(&self, name: &str) -> String {
        format!("{}{name}{}", self.type_name.0, self.type_name.1)
    }

    /// The button by which somebody becomes an administrator.
    pub(crate) fn become_administrator(&self, name: &str) -> String {
        let (before, after) = self.become_administrator;
        format!("{before}{name}{after}")
    }
}

pub(crate) const ENGLISH: Words = Words {
    tag: "en",
    accept_language: "en-GB,en;q=0.9",
    own_name: "English",
    name: "Name",
    password: "Password",
    current_password: "Current password",
    new_password: "New password",
    remember: "Remember me on this device",
    type_name: ("Type your name, ", ", to delete your account"),
    register: "Create account",
    log_in: "Log in",
    log_out: "Log out",
    save: "Save",
    sessions: "Sessions",
    change_password: "Change password",
    delete_account: "Delete account",
    delete_continue: "Go on to the last question",
    delete_now: "Delete my account for ever",
    please_log_in: "Please log in to go on.",
    wrong_login: "This name and this password do not belong together.",
    logged_out: "You are logged out",
    this_session: "this one",
    remembered: "remembered",
    session_ended: "The session is ended.",
    password_too_short: "This password has 5 characters and needs at least 15.",
    password_changed: "Your password is changed, and your other sessions are ended.",
    not_your_name: "This is not your name.",
    become_administrator: ("Become administrator as ", ""),
    administrator_invited: "Become an administrator",
    set_password: "Set password",
    password_set: "Your password is set. Log in with it.",
    link_gone: "This link does not work",
};

pub(crate) const CHINESE: Words = Words {
    tag: "zh-Hans",
    accept_language: "zh-CN,zh;q=0.9,en;q=0.5",
    own_name: "简体中文",
    name: "用户名",
    password: "密码",
    current_password: "当前密码",
    new_password: "新密码",
    remember: "在此设备上记住我",
    type_name: ("请输入您的用户名 ", " 以删除账号"),
    register: "注册",
    log_in: "登录",
    log_out: "退出登录",
    save: "保存",
    sessions: "会话",
    change_password: "修改密码",
    delete_account: "删除账号",
    delete_continue: "继续，回答最后一个问题",
    delete_now: "永久删除我的账号",
    please_log_in: "请先登录再继续。",
    wrong_login: "用户名与密码不匹配。",
    logged_out: "您已退出登录",
    this_session: "当前会话",
    remembered: "已记住",
    session_ended: "会话已结束。",
    password_too_short: "此密码有 5 个字符，至少需要 15 个。",
    password_changed: "密码已修改，您的其他会话已结束。",
    not_your_name: "这不是您的用户名。",
    become_administrator: ("以 ", " 的身份成为管理员"),
    administrator_invited: "成为管理员",
    set_password: "设置密码",
    password_set: "密码已设置，请用它登录。",
    link_gone: "此链接无效",
};
