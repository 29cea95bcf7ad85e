# 页面文字，简体中文。应用自己的 `zh-Hans.ftl` 文件中同名的消息会替换这里的消息。

language-name = 简体中文
site-name = Countersign
language = 语言
language-of-browser = 跟随浏览器
skip-to-content = 跳到正文
nav-site = 站点

log-in = 登录
log-in-again = 重新登录
log-out = 退出登录
register = 注册
save = 保存
cancel = 取消
confirm = 确认

moment = { $year }年{ $month }月{ $day }日 { $time }（UTC）

field-username = 用户名
field-password = 密码
field-current-password = 当前密码
field-new-password = 新密码
username-hint = 用它登录，其他人也会看到它。
password-show = 显示密码
password-hide = 隐藏密码
password-hint = 至少 { $minimum } 个字符，任何字符都可以：连用四五个词语就很好记。
strength-short = 还差 {"{"}n{"}"} 个字符
strength-enough = 长度足够

login-title = 登录
login-needed = 请先登录再继续。
login-remember = 在此设备上记住我
login-no-account = 还没有账号？
register-title = 注册账号
register-have-account = 已有账号？
closed-title = 暂不开放注册
login-new-password = 密码已设置，请用它登录。

invitation-title = 您收到了邀请
invitation-text = 凭此邀请，您可以在此拥有账号。
invitation-roles-text = 接受此邀请后，您的账号将拥有以下角色：
invitation-administrator-title = 成为管理员
invitation-administrator-text = 管理员决定所有账号的事务：查看谁有账号、在何处登录，停用账号，以及让其他人成为管理员。
invitation-become-administrator = 以 { $name } 的身份成为管理员
invitation-accept = 以 { $name } 的身份接受邀请
invitation-not-fresh = 届时会先请您输入密码。
invitation-other-account = 如要使用其他账号，请先退出登录，再重新打开链接。
invitation-nothing-new = 此邀请所给予的，您的账号都已拥有。邀请仍然有效，请留给他人使用。
invitation-log-in-first = 此处不开放注册，此邀请只供已有账号的人使用。请先登录。
link-counts-until = 此链接只能使用一次，有效期至
link-gone-title = 此链接无效
link-gone-text = 它已被使用、已过期，或者不完整：每个链接只能使用一次，而且有时限。没有任何内容被更改。
link-gone-what-to-do = 请向发送链接的人再要一个，并在允许使用 Cookie 的浏览器中打开。

set-password = 设置密码
set-password-title = 设置密码
set-password-whose = 将为以下账号设置密码：
set-password-text = 设置后，此账号的所有会话都会结束。

confirm-title = 请确认是您本人
confirm-why = 接下来的操作涉及账号安全，请再输入一次密码。

logged-out-title = 您已退出登录
logged-out-text = 现在没有人能在此浏览器上以您的身份操作。

home-title = 欢迎
home-text = 您的账号、您的会话、您的数据：在这里查看，由您决定。
home-hello = 您好，{ $name }！
home-logged-in = 您已登录。

account-title = 我的账号
account-since = 注册于
account-profile-text = 用户名和语言
account-password-text = 修改密码后，其他设备都会退出登录
account-sessions-text = { $count ->
    [1] 您只在此处登录
   *[other] 您在 { $count } 处登录
  }
account-history-text = 谁登录过，谁登录失败
account-delete-text = 账号及其全部数据都会被删除。

nav-overview = 概览
nav-profile = 个人资料
nav-password = 密码
nav-sessions = 会话
nav-history = 登录记录

password-title = 修改密码
password-text = 修改后，您的其他会话都会结束，当前会话保留。

sessions-title = 您的登录位置
sessions-text = 请结束您不认识的会话，然后修改密码。
sessions-end-others = 结束其他所有会话
sessions-not-fresh = 结束会话之前需要确认您的密码。
session-current = 当前会话
session-remembered = 已记住
session-began = 开始于
session-last-used = 最近使用
session-end = 结束
client-on = { $system } 上的 { $browser }
client-unknown = 未知设备

history-text = 最近 90 天，最新的在前。
history-succeeded = 登录成功
history-failed = { $count } 次登录失败
history-empty = 还没有人登录过。
history-not-you = 有不是您本人的记录？

delete-title = 删除账号
delete-text = 此操作无法撤销。
delete-what-goes = 您的用户名、会话和登录记录都会随账号一起删除。用户名会立即可供他人使用。
delete-continue = 继续，回答最后一个问题
delete-sure = 确定吗？删除之后无法恢复。
delete-type-name = 请输入您的用户名 { $name } 以删除账号
delete-now = 永久删除我的账号

done-profile = 个人资料已保存。
done-password = 密码已修改，您的其他会话已结束。
done-password-by-link = 密码已设置，该账号的所有会话已结束。
done-invitation = 您已接受邀请。
done-session = 会话已结束。
done-session-gone = 该会话此前已经结束。
done-sessions = 您的其他会话已全部结束。

refused-fields = 有些内容无法接受。
refused-login = 用户名与密码不匹配。
refused-throttled = 失败次数过多，请在 { $minutes } 分钟后重试。
refused-not-invited = 只有受邀者才能注册。请打开邀请链接；每个链接只能使用一次。
refused-registration-closed = 此处不开放注册。如需账号，请联系站点管理者。
refused-password-wrong = 这不是您的密码。
refused-password-too-short = 此密码有 { $found } 个字符，至少需要 { $minimum } 个。连用四五个词语就很好记。
refused-password-too-long = 此密码过长，最多 { $limit } 字节，即同样数目的英文字母。
refused-password-common = 此密码是攻击者最先尝试的密码之一，请换一个别人想不到的。
refused-password-about-you = 此密码由您的用户名、地址或站点名称组成，请换一个。
refused-name-empty = 请输入用户名。
refused-name-too-long = 用户名过长，最多 { $limit } 个字符。
refused-name-character = 用户名只能由文字、数字、空格和 -_.'+ 组成，而此用户名含有其他字符。
refused-name-no-letter = 用户名至少要有一个文字或数字。
refused-name-reserved = 此用户名已保留，请换一个。
refused-name-taken = 此用户名已被使用，请换一个。
refused-email = 电子邮件地址应类似 ada@example.com。
refused-locale = 本站不支持该语言。
refused-farewell = 这不是您的用户名。

problem-title = { $status ->
    [401] 请先登录
    [403] 不允许
    [404] 找不到页面
    [405] 无法执行
    [409] 请再看一次
    [413] 内容过大
    [421] 仅限本机
    [429] 尝试次数过多
    [500] 出错了
    [503] 暂时不可用
   *[other] 没有成功
  }
problem-home = 返回首页
problem-not-found = 此地址没有内容。
problem-method = 此地址不接受这样的请求。
problem-too-large = 发送的内容超过 64 kB，这里的表单都不需要这么多。
problem-malformed = 无法读取发送的内容。请返回、刷新页面后重试。
problem-throttled = 失败次数过多，请稍后重试。
problem-busy = 同时登录的人太多，请稍后重试。
problem-unavailable = 登录服务暂时不可用，请几秒后重试。
problem-internal = 本站出现故障，管理者可在日志中查看原因。
problem-cross-origin = 此请求来自其他网站的页面。如果确是您的本意，请到本站操作。
problem-misdirected = 在管理者用 --public-url 或在代码中设置用户访问的地址之前，本站只为其所在的机器服务。
problem-not-logged-in = 此操作需要先登录。
problem-not-fresh = 请先确认您的密码。
problem-not-allowed = 您无权执行此操作。
problem-inactive = 此账号已停用。
problem-overtaken = 您的账号同时被修改，请查看后重试。
