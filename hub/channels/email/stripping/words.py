# ruff: noqa: RUF001
"""The words of mail programs around an answer, language by language, as data. All in lower case."""

SEPARATORS: dict[str, str] = {
    "en": "-- Please reply above this line --",
    "de": "-- Bitte oberhalb dieser Linie antworten --",
    "nl": "-- Antwoord boven deze lijn --",
    "fr": "-- Répondez au-dessus de cette ligne --",
    "es": "-- Responda por encima de esta línea --",
    "it": "-- Rispondi sopra questa riga --",
    "pt": "-- Responda acima desta linha --",
    "sv": "-- Svara ovanför denna rad --",
    "da": "-- Svar over denne linje --",
    "no": "-- Svar over denne linjen --",
    "fi": "-- Vastaa tämän rivin yläpuolelle --",
    "pl": "-- Odpowiedz powyżej tej linii --",
    "cs": "-- Odpovězte nad tímto řádkem --",
    "ru": "-- Пишите ответ выше этой строки --",
    "ja": "-- この行より上に返信してください --",
    "zh": "-- 请在此行上方回复 --",
    "ko": "-- 이 줄 위에 답장해 주세요 --",
    "vi": "-- Vui lòng trả lời phía trên dòng này --",
    "hu": "-- Kérjük, e sor fölé írja a válaszát --",
    "tr": "-- Lütfen bu satırın üstüne yanıtlayın --",
}
"""Top line of the mails we send, by language: what stands below it in an answer is history."""

FOREIGN_SEPARATORS: tuple[str, ...] = (
    "please type your reply above this line",
    "please reply above this line",
    "reply above this line",
    "type your reply above this line",
    "bitte antworten sie oberhalb dieser linie",
    "bitte geben sie ihre antwort oberhalb dieser zeile ein",
)
"""What other help desks write in that place, without the signs around it."""

VERBS: dict[str, tuple[str, ...]] = {
    "en": ("wrote", "writes", "sent", "says", "said"),
    "de": ("schrieb", "geschrieben", "schreibt", "schrieben sie"),
    "nl": ("schreef", "geschreven"),
    "fr": ("a écrit", "écrit", "ecrit"),
    "es": ("escribió", "escribio", "ha escrito"),
    "it": ("ha scritto", "scritto", "scrive"),
    "pt": ("escreveu",),
    "sv": ("skrev", "skrivit"),
    "da": ("skrev", "skrevet"),
    "no": ("skrev", "skrevet"),
    "fi": ("kirjoitti",),
    "pl": ("napisał", "napisała", "napisał(a)", "pisze"),
    "cs": ("napsal", "napsala", "napsal(a)", "napísal", "napísal(a)"),
    "ru": ("написал", "написала", "написал(а)", "пишет", "писал"),
    "uk": ("пише", "написав"),
    "ja": ("のメール", "書きました", "wrote", "を書き込みました"),
    "zh": ("写道", "寫道", "撰寫", "编写"),
    "ko": ("작성", "썼습니다", "님이 쓴 글", "쓴 글"),
    "vi": ("đã viết", "viết"),
    "hu": ("írta", "ezt írta"),
    "tr": ("yazdı", "şunu yazdı", "şunları yazdı"),
    "ro": ("a scris",),
    "el": ("έγραψε",),
}
"""The verb of an attribution (`On … X wrote:`)."""

LEADS: dict[str, tuple[str, ...]] = {
    "en": ("on", "at"),
    "de": ("am", "um"),
    "nl": ("op",),
    "fr": ("le", "de"),
    "es": ("el",),
    "it": ("il", "in", "alle", "le", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "pt": ("em", "no", "a"),
    "sv": ("den", "på"),
    "da": ("den",),
    "no": ("den", "på"),
    "fi": ("kello",),
    "pl": ("w", "dnia"),
    "cs": ("dne", "dňa"),
    "ru": ("в",),
    "zh": ("在", "于"),
    "vi": ("vào", "ngày", "lúc"),
    "ro": ("în", "pe"),
    "el": ("στις",),
    "he": ("בתאריך", "ב-"),
    "ar": ("في", "بتاريخ"),
}
"""The first word of an attribution, where it is not the date."""

NOT_AN_ATTRIBUTION: tuple[str, ...] = (
    *("you wrote", "i wrote", "we wrote", "you sent", "wrote me", "wrote to me"),
    *("du schrieb", "ich schrieb", "schrieb mir", "mir geschrieben", "schrieb ich", "schrieben sie mir"),
)
"""A person speaking: an attribution only with a quotation below."""

ORIGINALS: tuple[str, ...] = (
    *("original message", "original", "original email", "original appointment", "reply message", "previous message"),
    *("ursprüngliche nachricht", "original-nachricht", "originalnachricht", "original nachricht", "antwort nachricht"),
    *("ursprüngliche e-mail", "urspruengliche nachricht", "ursprünglicher termin", "originalmail"),
    *("message d'origine", "message d’origine", "message original", "message initial", "message d'origine"),
    *("mensaje original", "messaggio originale", "messaggio di origine", "mensagem original"),
    *("oorspronkelijk bericht", "originele bericht", "origineel bericht", "oorspronkelijke bericht"),
    *("ursprungligt meddelande", "originalmeddelande", "ursprungsmeddelande", "oprindelig meddelelse"),
    *("original meddelelse", "oprindelig besked", "opprinnelig melding", "original melding"),
    *("alkuperäinen viesti", "oryginalna wiadomość", "wiadomość oryginalna", "wiadomość pierwotna"),
    *("původní zpráva", "původní e-mail", "pôvodná správa", "исходное сообщение", "оригинальное сообщение"),
    *(
        "元のメッセージ",
        "original message",
        "原始邮件",
        "原始郵件",
        "原邮件",
        "邮件原件",
        "原始信件",
        "원본 메시지",
        "원본 메일",
    ),
    *("tin nhắn gốc", "thư gốc", "eredeti üzenet", "eredeti levél", "orijinal mesaj", "özgün ileti", "mesaj original"),
)
"""Between dashes: the mail that is answered follows."""

FORWARDS: tuple[str, ...] = (
    *("forwarded message", "begin forwarded message", "forwarded mail", "forwarded email", "fwd", "forwarded by"),
    *("weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "weitergeleitete mail"),
    *("weitergeleitet von", "weitergeleitete e-mail"),
    *("message transféré", "début du message transféré", "début du message réexpédié", "message transmis"),
    *("mensaje reenviado", "inicio del mensaje reenviado", "mensagem encaminhada", "mensagem reencaminhada"),
    *("início da mensagem encaminhada", "início da mensagem reencaminhada", "messaggio inoltrato"),
    *("inizio messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht"),
    *("vidarebefordrat meddelande", "vidarebefordrat brev", "vidarebefordrat mejl", "videresendt meddelelse"),
    *("videresendt besked", "start på videresendt besked", "videresendt melding", "välitetty viesti"),
    *("videresend meddelelse", "treść przekazanej wiadomości", "przekazana wiadomość", "wiadomość przekazana dalej"),
    *("přeposlaná zpráva", "preposlaná správa", "пересылаемое сообщение", "переадресованное сообщение"),
    *(
        "пересланное сообщение",
        "начало переадресованного сообщения",
        "転送されたメッセージ",
        "転送メッセージ",
        "转发的邮件",
    ),
    *(
        "轉寄的郵件",
        "已转发邮件",
        "转发邮件信息",
        "전달된 메시지",
        "전달된 메일",
        "thư đã chuyển tiếp",
        "tin nhắn đã chuyển tiếp",
    ),
    *("továbbított üzenet", "iletilen mesaj", "yönlendirilen ileti", "mesaj redirecționat"),
)
"""Between dashes, or before a colon: a mail that the person passes on follows, which is no history."""

FORWARD_SUBJECTS: tuple[str, ...] = (
    *(
        "fw:",
        "fwd:",
        "wg:",
        "tr:",
        "rv:",
        "i:",
        "enc:",
        "vs:",
        "vb:",
        "doorst:",
        "pd:",
        "továbbítás:",
        "转发:",
        "转发：",
    ),
    *("轉寄:", "fs:", "ilt:", "전달:", "tr :", "wtr:", "weitergeleitet:"),
)
"""How the subject of a mail begins that passes another one on."""
