"""The grammar in Japanese, Chinese and Korean.

Owns phrases as grammar.py does. Must hold data only.
"""

from parsers.codes.phrases.grammar import Crossing
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["CROSSINGS"]

_JA_MISSING = (
    "が存在しません / は存在しません / が存在しない / は存在しない / が見つかりません"
    " / は見つかりません / が見つからない / が不明 / は不明 / が無効 / は無効 / が正しくありません"
    " / に誤りが / が間違って / が登録されていません / は登録されていません / は現在使われて"
    " / は使われておりません"
)
_ZH_MISSING = (
    "不存在 / 未找到 / 没有找到 / 找不到 / 無效 / 无效 / 不正确 / 不正確 / 錯誤 / 错误 / 查无此人"
    " / 已删除 / 已注销 / 已被删除"
)

CROSSINGS: tuple[Crossing, ...] = (
    Crossing(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        "ユーザ / ユーザー / ユーザ名 / アカウント / 宛先 / あて先 / 受信者 / アドレス"
        " / メールボックス",
        _JA_MISSING,
        glue="",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        "ドメイン / ドメイン名 / ホスト / ホスト名",
        _JA_MISSING,
        glue="",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "メールボックス / 受信箱 / 受信ボックス / 受信トレイ / メールボックスの容量 / 保存容量"
        " / ディスク容量",
        "がいっぱい / が一杯 / が満杯 / が不足 / の容量を / が容量 / の空き容量が / の上限を"
        " / を超過 / を超えて / がオーバー",
        glue="",
    ),
    Crossing(
        Reason.EXPIRED,
        Strength.PLAIN,
        "配送 / 配信 / 送信 / 接続",
        "がタイムアウト / タイムアウト / 期限を / できない状態が続",
        glue="",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        "用户 / 收件人 / 收件人地址 / 邮箱 / 帐号 / 账号 / 地址 / 帳號 / 使用者 / 收件者 / 信箱",
        _ZH_MISSING,
        glue="",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        "域名 / 主机 / 网域 / 網域 / 主機",
        "不存在 / 未找到 / 没有找到 / 找不到 / 无法解析 / 無法解析",
        glue="",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "邮箱 / 信箱 / 郵箱 / 收件箱 / 邮箱空间 / 信箱空間",
        "已满 / 已滿 / 满了 / 滿了 / 空间不足 / 空間不足 / 容量不足 / 容量已满 / 超过限制"
        " / 超出限制 / 超出配额",
        glue="",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        "사용자 / 수신자 / 받는 사람 / 주소 / 계정 / 메일함 / 아이디",
        "가 존재하지 / 이 존재하지 / 를 찾을 수 / 을 찾을 수 / 가 없습니다 / 이 없습니다"
        " / 가 올바르지 / 이 올바르지",
        glue="",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "메일함 / 사서함 / 편지함 / 받은편지함",
        "이 가득 / 의 용량이 / 용량이 초과 / 용량을 초과 / 이 꽉",
        glue="",
    ),
)
