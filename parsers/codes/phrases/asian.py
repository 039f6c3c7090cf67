"""The same things in languages of Asia, and one sentence in every language.

Must hold data only: table.py says how a table is read. Accents do not count.
What is written without blanks is searched without word boundaries.
"""

from parsers.codes.phrases.table import lines

__all__ = ["ROWS"]

ROWS = lines(
    """
# Google Groups, one sentence in each of its languages: "may not have permission to post"
rejected!: グループにメッセージを投稿する権限がない / 您没有在此群组 / 您沒有在此群組
    没有向该论坛发帖的权限 / 没有向该群组发布 / 沒有權限張貼
    nicht die erforderlichen berechtigungen haben um der gruppe
    vous navez pas lautorisation de publier / ne disposez pas de lautorisation
    navez pas les autorisations necessaires pour publier / no tienes permiso para publicar
    no tenga permiso para publicar / no tengas permiso para publicar
    nao tem permissao para postar / nao tenha permissao para postar
    nao tem autorizacao para publicar / nao tenha permissao para publicar
    non disponi dellautorizzazione / non avere lautorizzazione / non disponga dellautorizzazione
    geen toestemming om berichten / niet gemachtigd om berichten / нет разрешения на публикацию
    нет прав на публикацию / нет доступа к публикации / nie masz uprawnien do publikowania
    nie masz uprawnien do zamieszczania / δεν εχετε δικαιωμα αναρτησης / να μην εχετε δικαιωμα
    مجوز لازم برای ارسال پیام به این گروه / ليس لديك الإذن / ليس لديك إذن
    inte behorighet att lagga upp / ikke tilladelse til at skrive
    ikke tillatelse til a legge inn / ei ole oikeutta lahettaa viesteja
    gruba ileti gonderme izniniz / 게시할 권한이 없 / 그룹에 메시지를 게시할 수 있는 권한
    nemate opravneni / nemate povoleni / אין לך הרשאה / nincs engedelye / khong co quyen dang

# Japanese: carriers, m-FILTER, Notes, Exchange
userunknown: ディレクトリのリストにありません / ディレクトリには見つかりません
    ディレクトリに見つかりません / ユーザーが見つかりません / ユーザが見つかりません
    アドレスが見つかりません / 宛先が見つかりません / 宛先不明
    あて先不明 / 存在しないメールアドレス / 存在しないアドレス
    アドレスが存在しません / アドレスは存在しません
    宛先が存在しません / 受信者が存在しません / 受信者が見つかりません / ユーザは存在しません
    ユーザーは存在しません / ユーザが存在しません / ユーザーが存在しません
    宛先のメールアドレスに誤り / アドレスが間違って
    該当するユーザ / アドレス不明 / アドレスが見つから / 存在しないユーザ
mailboxfull: メールボックスがいっぱい / メールボックスが一杯 / メールボックスに空きがない
    メールボックスの容量が / メールボックス容量 / 容量を超えて
    容量が一杯 / 容量がいっぱい / ボックスが満杯 / 容量オーバー / 受信トレイがいっぱい
suspend: 利用停止 / アカウントは無効 / アカウントが無効 / 現在利用できません
    アカウントが停止 / アカウントは停止 / アカウントが凍結 / アカウントは凍結
filtered?: 受信拒否 / 受信を拒否 / 指定受信 / 迷惑メールフィルター / 受け取りを拒否
rejected: 送信者アドレス / 差出人アドレス / 送信元アドレス / 送信元ドメイン / 送信者ドメイン
hostunknown: ドメインが見つかりません / ドメインが存在しません / ドメイン名が正しくない
    ホストが見つかりません
mesgtoobig: メールサイズが / サイズが大きすぎ / メッセージが大きすぎ / サイズ制限を超え
    サイズの上限
expired?: 応答がありません / タイムアウト / 再送を試み / 配信が遅れ / 配送が遅延 / 時間内に配信
    時間内に配送 / 期限内に配送
spamdetected: 迷惑メールと判定 / スパムと判定 / 迷惑メールとして
virusdetected: ウイルスが検出 / ウイルスを検出 / ウィルスを検出
systemerror?: サーバエラー / サーバーエラー / システムエラー / 混雑して

# Chinese: NetEase, Tencent, Sina, Coremail
userunknown: 用户不存在 / 收件人不存在 / 邮箱不存在 / 帐号不存在 / 账号不存在 / 地址不存在
    找不到您输入的 / 找不到您輸入的
    找不到用户 / 找不到收件人 / 无此用户 / 没有此用户 / 没有这个用户 / 无效的收件人
    收件人地址有误 / 使用者不存在 / 收件者不存在 / 查無此人
    找不到地址 / 找不到该地址 / 找不到這個地址 / 無此使用者 / 無此帳號 / 找不到收件者 / 信箱不存在
mailboxfull: 邮箱已满 / 邮箱空间不足 / 邮箱容量 / 信箱已滿 / 信箱空間 / 郵箱已滿
    空间已满 / 空間不足 / 超出配额 / 超過配額
    容量已满 / 容量已滿 / 邮箱配额 / 信箱配額
suspend: 账号被禁用 / 用户被锁定
spamdetected: 垃圾邮件 / 垃圾郵件 / 垃圾信件
blocked: 被列入黑名单 / 已列入黑名单 / 在黑名单中 / 被列入黑名單
rejected: 发信人电子邮件地址不合规范 / 发件人地址 / 拒绝发件人
filtered?: 拒收 / 黑名单
hostunknown: 域名不存在 / 找不到域名 / 网域不存在 / 網域不存在
mesgtoobig: 邮件过大 / 邮件太大 / 信件太大 / 郵件過大 / 邮件大小超过
expired?: 連線逾時 / 超时

# Korean
userunknown: 존재하지 않는 / 없는 사용자 / 없는 계정
mailboxfull: 용량이 초과 / 용량 초과 / 편지함이 가득 / 사서함이 가득
suspend: 휴면 계정 / 휴면상태 / 사용 중지된 / 휴면 상태

# Hebrew, Arabic, Thai: Exchange's, and what a server says of itself
userunknown: שהזנת לא נמצאה / لا يمكن العثور على عنوان / تعذر العثور على عنوان
    המשתמש לא קיים / המשתמש לא נמצא / הנמען לא קיים / הנמען לא נמצא / המשתמש אינו קיים
    المستخدم غير موجود / المستلم غير موجود / مستخدم غير معروف / ไม่พบผู้ใช้ / ไม่พบผู้รับ
    ไม่มีผู้ใช้ / ไม่พบที่อยู่ / הכתובת לא נמצאה / لم يتم العثور على العنوان
userunknown: ユーザー不明 / 該当ユーザーなし
systemerror?: サーバーでエラー / サーバでエラー / 系统错误 / 系統錯誤 / 服务器错误
filtered: 設定により受信が拒否 / 受信者により拒否 / 受信を拒否しています / 被收件人拒收
    收件人拒收 / 收件人拒绝
expired?: 一定期間送信を試み / 一定時間送信を試み / 再送期限を超え / 投递超时 / 投遞逾時
suspend: 已被停用 / 已停用 / 已被冻结 / 已冻结 / 已被凍結 / 사용이 정지
"""
)
