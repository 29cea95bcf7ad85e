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
invitation-email = 您的账号将使用电子邮箱地址 { $email }，它可以像用户名一样用于登录。如果这不是您的地址，则此邀请不是给您的。
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

nav-admin = 管理
nav-users = 用户
nav-audit = 审计日志
nav-invite = 邀请
nav-pages = 页码
page-previous = 上一页
page-next = 下一页
none = 无
never = 从未
filter = 显示
filter-any = 不限
filter-none = 显示全部

admin-title = 管理
counter-accounts = { $count ->
   *[other] 个账号
  }
counter-disabled = { $count ->
   *[other] 个已停用
  }
counter-administrators = { $count ->
   *[other] 位管理员
  }
counter-sessions = { $count ->
   *[other] 个有效会话
  }
activity-title = 登录与失败
activity-period = 时间范围
activity-table = 以表格显示数字
activity-begins = 起始
activity-text = 小时和日期均为 UTC。账号删除后，其数字不再计入。
period-24h = 24 小时
period-7d = 7 天
period-30d = 30 天
period-90d = 90 天
chart-logins = 登录
chart-failures = 失败
chart-throttled = 因失败过多被拒
chart-by-hour = 共 { $total } 次，一小时内最多 { $most } 次。具体数字见下方表格。
chart-by-day = 共 { $total } 次，一天内最多 { $most } 次。具体数字见下方表格。

users-search = 用户名或电子邮件
users-state = 状态
users-sort = 排序
users-found = 找到 { $count } 位用户。
state-active = 启用
state-disabled = 已停用
sort-name = 用户名
sort-name-down = 用户名，倒序
sort-created = 创建时间，最早在前
sort-created-down = 创建时间，最新在前
sort-last-login = 最近登录，最早在前
sort-last-login-down = 最近登录，最新在前
field-role = 角色
field-email = 电子邮件

user-id = 编号
user-created = 创建于
user-last-login = 最近登录
user-never = 从未登录
user-sessions = { $count ->
    [0] 目前未登录
   *[other] 在 { $count } 处登录
  }
email-confirmed = 已确认
email-unconfirmed = 未确认
language-of-browser-short = 跟随浏览器
user-roles = 角色
user-no-roles = 没有角色。
role-revoke = 收回
role-grant-label = 另授角色：已有的角色，或新名称
role-grant = 授予
user-no-sessions = 目前未登录。
user-end-sessions = 结束以上所有会话
user-access = 访问
password-link-make = 设置密码的链接
password-link-text = 24 小时内有效，只能使用一次。请只交给账号本人。之前的链接将失效。
password-link-button = 生成链接
user-unlock = 登录失败后重新放行
user-unlock-text = 清除失败记录，本人可立即重试。
user-unlock-button = 解锁
user-disable = 停用账号
user-disable-text = 结束全部会话；重新启用之前无法登录。
user-disable-button = 停用
user-enable = 启用账号
user-enable-text = 本人可以重新登录。
user-enable-button = 启用
user-whole-audit = 此账号的全部审计记录
user-delete-text = 账号及其会话、角色和记录都会被删除，无法撤销。
user-delete-name = 请输入用户名 { $name } 以删除此账号
user-delete-now = 永久删除此账号

everybody-text = 共 { $count } 个会话，最近使用的在前。
everybody-end = 结束所有人的会话
everybody-end-text = 担心数据库已落入他人之手时使用。所有人都要重新登录，包括您自己。
everybody-end-name = 请输入您自己的用户名 { $name }，让所有人退出登录
everybody-end-now = 让所有人退出登录

audit-account = 账号
audit-account-hint = 用户名或编号
audit-kind = 操作
audit-actor-kind = 操作者
audit-actor = 具体是谁
audit-actor-hint = 用户名或编号
audit-from = 来源
audit-from-hint = 地址或网段，例如 192.0.2.0/24
audit-since = 自
audit-since-hint = 日期，例如 2026-01-31
audit-until = 至
audit-until-hint = 含当日
audit-export = 全部导出为文件：
audit-empty = 没有这样的记录。
audit-latest = 回到最新记录
audit-gone = 已删除的账号
audit-by-stranger = 由未登录者
audit-by-owner = 由本人
audit-by-administrator = 由管理员
audit-by-system = 由系统
actor-administrator = 管理员
actor-owner = 账号本人
actor-system = 系统
actor-stranger = 未登录者
audit-registered = 创建账号
audit-authenticated = 核对用户名和密码
audit-logged-in = 登录
audit-login-confirmed = 确认登录
audit-logged-out = 退出登录
audit-session-ended = 结束会话
audit-sessions-ended = 结束多个会话
audit-password-changed = 修改密码
audit-password-set = 设置密码
audit-password-link-made = 生成设置密码的链接
audit-password-set-by-link = 通过链接设置密码
audit-renamed = 修改用户名
audit-locale-changed = 修改语言
audit-email-changed = 修改电子邮件
audit-email-confirmed = 确认电子邮件
audit-disabled = 停用账号
audit-enabled = 启用账号
audit-deleted = 删除账号
audit-role-granted = 授予角色
audit-role-revoked = 收回角色
audit-role-defined = 修改角色权限
audit-invited = 生成邀请
audit-invitations-withdrawn = 收回了未使用的邀请
audit-invitation-accepted = 接受邀请
audit-everything-ended = 所有人退出登录
audit-failures-forgotten = 解锁
audit-imported = 从别处导入账号

invite-text = 生成一个链接，凭它可注册一个账号，只能使用一次。请自行转交。
invite-email-hint = 链接请只发往此地址：使用者的账号将以此为已确认的地址。
invite-roles-hint = 以空格分隔。邀请管理员请用下方的专用链接。
invite-hours = 有效时间
hours-1 = 1 小时
hours-24 = 1 天
hours-168 = 7 天
hours-720 = 30 天
invite-button = 生成邀请
invite-administrator = 邀请管理员
invite-administrator-text = 使用此链接的人将拥有您在这里的全部权限。1 小时内有效，只能使用一次。
invite-administrator-button = 生成链接
link-invitation-title = 邀请
link-administrator-title = 管理员邀请
link-password-title = 设置密码的链接
link-once = 此链接只显示这一次，离开本页之前请先复制。
link-label = 链接
link-expires = 只能使用一次，有效至
link-back = 完成

done-role-granted = 角色已授予。
done-role-revoked = 角色已收回。
done-user-sessions = 此用户的会话已全部结束。
done-disabled = 账号已停用。
done-enabled = 账号已启用。
done-unlocked = 失败记录已清除。
done-deleted = 账号已删除。

refused-last-administrator = 这是最后一位管理员，请先将其他人设为管理员。
refused-disabled = 此账号已停用，请先启用。
refused-role-name = 角色名称为 1 至 64 字节，不含空格，例如 editor。
refused-role-administrator = 邀请管理员请用下方的链接，有效 1 小时。
refused-typed-name = 用户名不符。
refused-cursor = 没有这一页，请从第一页重新开始。
refused-choice = 没有这个选项。
refused-date = 日期应类似 2026-01-31。
refused-network = 地址或网段应类似 192.0.2.7 或 192.0.2.0/24。
refused-nobody = 没有使用此用户名的账号。
refused-actor-missing = 请填写具体是谁。
refused-actor-kind = 请先选择操作者的身份。
refused-hours = 邀请的有效时间为 1 至 { $most } 小时。
