# ruff: noqa: RUF001
"""The labels of the header block that mail programs put above the mail they answer: language by language, as data.

Written as the programs write them, without colon, in lower case. Outlook, its web and mobile kin, GMX, T-Online, Notes.
"""

from enum import Enum


class Field(Enum):
    """What a line of a header block tells."""

    FROM = "from"
    SENT = "sent"
    DATE = "date"
    TO = "to"
    SUBJECT = "subject"
    OTHER = "other"


_F, _S, _D, _T, _B, _O = Field.FROM, Field.SENT, Field.DATE, Field.TO, Field.SUBJECT, Field.OTHER

_BY_LANGUAGE: dict[str, dict[Field, tuple[str, ...]]] = {
    "en": {
        _F: ("from",),
        _S: ("sent", "sent at", "sent on"),
        _D: ("date",),
        _T: ("to",),
        _B: ("subject", "re"),
        _O: ("cc", "bcc", "reply-to", "reply to", "importance", "attachments", "sent by", "organization", "sender"),
    },
    "de": {
        _F: ("von", "absender"),
        _S: ("gesendet", "gesendet am", "verschickt"),
        _D: ("datum", "datum/uhrzeit"),
        _T: ("an", "empfänger"),
        _B: ("betreff", "thema", "betr"),
        _O: ("kopie", "blindkopie", "antwort an", "wichtigkeit", "priorität", "anlagen", "anhänge", "gesendet von"),
    },
    "fr": {
        _F: ("de", "expéditeur", "exp"),
        _S: ("envoyé", "envoyé le", "envoye"),
        _D: ("date",),
        _T: ("à", "a", "pour", "destinataire"),
        _B: ("objet", "sujet"),
        _O: ("copie", "copie à", "répondre à", "importance", "pièces jointes"),
    },
    "es": {
        _F: ("de", "desde"),
        _S: ("enviado", "enviado el", "enviada", "enviado a las"),
        _D: ("fecha",),
        _T: ("para", "a"),
        _B: ("asunto",),
        _O: ("cco", "importancia", "datos adjuntos", "responder a"),
    },
    "it": {
        _F: ("da", "mittente"),
        _S: ("inviato", "inviato il", "inviata"),
        _D: ("data",),
        _T: ("a", "per", "destinatario"),
        _B: ("oggetto",),
        _O: ("ccn", "priorità", "allegati", "rispondi a"),
    },
    "pt": {
        _F: ("de", "remetente"),
        _S: ("enviado", "enviada", "enviada em", "enviado em"),
        _D: ("data",),
        _T: ("para",),
        _B: ("assunto",),
        _O: ("cco", "importância", "anexos", "responder para"),
    },
    "nl": {
        _F: ("van", "afzender"),
        _S: ("verzonden", "verzonden op", "verstuurd"),
        _D: ("datum",),
        _T: ("aan",),
        _B: ("onderwerp", "betreft"),
        _O: ("urgentie", "bijlagen", "antwoord aan"),
    },
    "sv": {
        _F: ("från", "avsändare"),
        _S: ("skickat", "skickad"),
        _D: ("datum",),
        _T: ("till",),
        _B: ("ämne",),
        _O: ("kopia", "svar till", "prioritet", "bilagor"),
    },
    "da": {
        _F: ("fra", "afsender"),
        _S: ("sendt", "sendt den"),
        _D: ("dato",),
        _T: ("til",),
        _B: ("emne",),
        _O: ("svar til", "vigtighed", "prioritet", "vedhæftede filer", "kopi"),
    },
    "no": {
        _F: ("fra",),
        _S: ("sendt",),
        _D: ("dato",),
        _T: ("til",),
        _B: ("emne",),
        _O: ("kopi", "viktighet", "vedlegg"),
    },
    "fi": {
        _F: ("lähettäjä",),
        _S: ("lähetetty",),
        _D: ("päivämäärä", "päiväys", "pvm"),
        _T: ("vastaanottaja", "kenelle"),
        _B: ("aihe",),
        _O: ("kopio", "tärkeys", "liitteet"),
    },
    "pl": {
        _F: ("od", "nadawca"),
        _S: ("wysłano", "wysłane", "wysłany"),
        _D: ("data",),
        _T: ("do", "adresat"),
        _B: ("temat",),
        _O: ("dw", "udw", "dw.", "ważność", "załączniki", "kopia"),
    },
    "cs": {
        _F: ("od", "odesílatel", "odosielateľ"),
        _S: ("odesláno", "odeslané", "odoslané", "odeslána"),
        _D: ("datum", "dátum"),
        _T: ("komu", "pro", "příjemce"),
        _B: ("předmět", "predmet"),
        _O: ("kopie", "skrytá kopie", "přílohy", "důležitost"),
    },
    "ru": {
        _F: ("от", "от кого", "отправитель"),
        _S: ("отправлено", "отправлен"),
        _D: ("дата",),
        _T: ("кому", "получатель"),
        _B: ("тема",),
        _O: ("копия", "важность", "вложения"),
    },
    "ja": {
        _F: ("差出人", "送信者", "from"),
        _S: ("送信日時", "送信日"),
        _D: ("日付", "日時"),
        _T: ("宛先",),
        _B: ("件名",),
        _O: ("重要度", "添付ファイル"),
    },
    "zh": {
        _F: ("发件人", "寄件者", "寄件人", "發件人"),
        _S: ("发送时间", "发送日期", "寄件日期", "傳送時間", "發送時間"),
        _D: ("日期", "时间"),
        _T: ("收件人", "收件者"),
        _B: ("主题", "主旨", "主題"),
        _O: ("抄送", "副本", "密件副本", "附件", "重要性"),
    },
    "ko": {
        _F: ("보낸 사람", "보낸사람", "발신"),
        _S: ("보낸 날짜", "보낸날짜", "발신 날짜", "보낸 시간"),
        _D: ("날짜",),
        _T: ("받는 사람", "받는사람", "수신"),
        _B: ("제목",),
        _O: ("참조", "숨은 참조"),
    },
    "vi": {
        _F: ("từ", "người gửi"),
        _S: ("đã gửi", "ngày gửi"),
        _D: ("ngày",),
        _T: ("đến", "tới", "người nhận"),
        _B: ("chủ đề", "tiêu đề"),
        _O: (),
    },
    "hu": {
        _F: ("feladó", "küldő"),
        _S: ("elküldve", "küldve", "küldés dátuma"),
        _D: ("dátum", "időpont"),
        _T: ("címzett", "címzettek"),
        _B: ("tárgy",),
        _O: ("másolat", "másolatot kap", "fontosság", "mellékletek"),
    },
    "tr": {
        _F: ("kimden", "gönderen"),
        _S: ("gönderildi", "gönderme tarihi", "gönderilme"),
        _D: ("tarih",),
        _T: ("kime", "alıcı"),
        _B: ("konu",),
        _O: ("bilgi", "gizli", "önem derecesi", "ekler"),
    },
    "ro": {_F: ("de la",), _S: ("trimis",), _D: ("dată",), _T: ("către",), _B: ("subiect",), _O: ()},
    "uk": {_F: ("від",), _S: ("надіслано",), _T: ("кому",), _B: ("тема",), _O: ("копія",)},
    "el": {_F: ("από",), _S: ("στάλθηκε",), _D: ("ημερομηνία",), _T: ("προς",), _B: ("θέμα",), _O: ("κοιν",)},
}

FIELDS: dict[str, Field] = {}
"""Label to field, all languages together. Where languages differ the more telling field wins (Italian `a` is TO)."""
for _table in _BY_LANGUAGE.values():
    for _field, _labels in _table.items():
        FIELDS.update({_label: _field for _label in _labels if FIELDS.get(_label) in {None, Field.OTHER}})

MAX_LABEL = max(map(len, FIELDS))
"""Characters of the longest label."""
