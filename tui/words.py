"""Every word the screens say, Indonesian and English (glossary: domain 2.5)."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("id", "en")
SIGNS: Mapping[str, str] = {"down": "✗", "degraded": "▲", "unknown": "?", "up": "✓", "paused": "="}

STATES: Mapping[str, tuple[str, str]] = {
    "down": ("mati", "down"),
    "degraded": ("terganggu", "degraded"),
    "unknown": ("tak diketahui", "unknown"),
    "up": ("normal", "up"),
    "paused": ("dijeda", "paused"),
    "none": ("belum ada", "none yet"),
}

SEVERITIES: Mapping[str, tuple[str, str]] = {
    "critical": ("kritis", "critical"),
    "high": ("tinggi", "high"),
    "medium": ("sedang", "medium"),
    "low": ("rendah", "low"),
}

REASONS: Mapping[str, tuple[str, str]] = {
    "timeout": ("waktu habis", "timed out"),
    "refused": ("ditolak", "refused"),
    "reset": ("diputus", "reset"),
    "unreachable": ("tak terjangkau", "unreachable"),
    "dns": ("nama tak ditemukan", "name not resolved"),
    "tls": ("TLS gagal", "TLS failed"),
    "certificate": ("sertifikat", "certificate"),
    "protocol": ("protokol salah", "wrong protocol"),
    "incomplete": ("jawaban terpotong", "incomplete"),
    "too_large": ("terlalu besar", "too large"),
    "redirect": ("pengalihan", "redirect"),
    "status": ("kode status", "status code"),
    "assertion": ("isi tidak sesuai", "not as expected"),
    "invalid": ("tidak sah", "invalid"),
    "auth": ("autentikasi", "authentication"),
    "host_key": ("kunci host", "host key"),
    "permission": ("tanpa izin", "no permission"),
    "policy": ("dilarang kebijakan", "forbidden by policy"),
    "missed": ("tak sempat diukur", "not run in time"),
    "self": ("pemantau sendiri", "the monitor itself"),
    "error": ("galat pemantau", "error of the monitor"),
    "stale": ("data usang", "stale"),
    "newer": ("peladen lebih baru", "newer server"),
}

OVERLAYS: Mapping[str, tuple[str, str]] = {
    "maintenance": ("pemeliharaan", "maintenance"),
    "silence": ("dibisukan", "silenced"),
    "acknowledged": ("ditangani", "acknowledged"),
    "unreachable": ("induk mati", "parent down"),
    "flapping": ("naik-turun", "flapping"),
    "self_outage": ("pemantau terganggu", "monitor impaired"),
    "paused": ("dijeda", "paused"),
}

DELIVERIES: Mapping[str, tuple[str, str]] = {
    "pending": ("menunggu", "waiting"),
    "claimed": ("sedang dikirim", "being sent"),
    "delivered": ("terkirim", "delivered"),
    "merged": ("digabung", "merged"),
    "dead": ("gagal", "failed"),
}

MESSAGES: Mapping[str, tuple[str, str]] = {
    "down": ("gangguan", "outage"),
    "degraded": ("terganggu", "degraded"),
    "recovered": ("pulih", "recovered"),
    "improved": ("membaik", "improved"),
    "reminder": ("pengingat", "reminder"),
    "test": ("uji", "test"),
}

CAUSES: Mapping[str, tuple[str, str]] = {
    "vendor": ("penyedia", "vendor"),
    "internal-network": ("jaringan internal", "internal network"),
    "power": ("listrik", "power"),
    "upstream-service": ("layanan pusat", "upstream service"),
    "application": ("aplikasi", "application"),
    "security": ("keamanan", "security"),
    "planned-work": ("pemeliharaan", "planned work"),
    "force-majeure": ("keadaan kahar", "force majeure"),
}

OFFLINE: Mapping[str, tuple[str, str]] = {
    "refused": ("tidak ada yang menjawab", "nobody answers"),
    "timeout": ("tidak ada jawaban pada waktunya", "no answer in time"),
    "closed": ("sambungan putus", "the connection broke"),
    "garbage": ("jawaban tidak dipahami", "the answer is not understood"),
    "server": ("peladen galat", "an error of the server"),
    "address": ("alamat tidak dapat dipakai", "the address cannot be used"),
    "refusal": ("permintaan ditolak", "the request was refused"),
    "unauthorized": (
        "token ditolak atau tidak ada; simpan di ~/.config/siaga/token (0600)",
        "token refused or missing; put it into ~/.config/siaga/token (0600)",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    # header and banner
    "connecting": ("menghubungi {place} …", "connecting to {place} …"),
    "data": ("data {age}", "data {age}"),
    "read_only": ("BACA SAJA", "READ ONLY"),
    "monitor": ("pemantau", "monitor"),
    "fine": ("baik", "fine"),
    "impaired": ("terganggu", "impaired"),
    "on_call": ("piket {name}", "on call {name}"),
    "store_broken": ("penyimpanan rusak", "the store is broken"),
    "config_errors": ("konfigurasi salah: {n}", "configuration errors: {n}"),
    "outbox": ("pesan tertunda {n}", "messages waiting {n}"),
    "offline": ("TERPUTUS", "OFFLINE"),
    "no_data": ("belum ada data", "no data yet"),
    "data_of": ("data dari {at}, {age} lalu", "data of {at}, {age} ago"),
    "again": ("mencoba lagi {age}", "again in {age}"),
    "trying": ("mencoba …", "trying …"),
    # board
    "problems": ("PERLU PERHATIAN", "NEEDS ATTENTION"),
    "all_well": ("Tidak ada gangguan", "Nothing is wrong"),
    "empty": ("belum ada pemeriksaan", "no checks yet"),
    "nothing_matches": ("tidak ada yang cocok dengan “{text}”", "nothing matches “{text}”"),
    "state": ("KEADAAN", "STATE"),
    "name": ("NAMA", "NAME"),
    "since": ("SEJAK", "SINCE"),
    "value": ("NILAI TERAKHIR", "LAST VALUE"),
    "marks": ("TANDA", "MARKS"),
    "group": ("GRUP", "GROUP"),
    "target": ("SASARAN", "TARGET"),
    "age": ("DIUKUR", "MEASURED"),
    "incident": ("INSIDEN", "INCIDENT"),
    "lost": ("hilang {loss}", "lost {loss}"),
    "members_good": ("{good} dari {all} baik", "{good} of {all} good"),
    "no_result": ("belum diukur", "not measured yet"),
    "filtered": ("{n} dari {all}", "{n} of {all}"),
    # check
    "l_state": ("Keadaan", "State"),
    "l_target": ("Sasaran", "Target"),
    "l_why": ("Sebab", "Why"),
    "l_expected": ("Diharapkan", "Expected"),
    "l_result": ("Terakhir", "Last run"),
    "l_phases": ("Fase", "Phases"),
    "l_facts": ("Fakta", "Facts"),
    "l_rule": ("Aturan", "Rule"),
    "l_parents": ("Induk", "Parents"),
    "l_children": ("Anak", "Children"),
    "l_incidents": ("Insiden", "Incidents"),
    "l_availability": ("Tersedia", "Available"),
    "since_for": ("sejak {at} ({age})", "since {at} ({age})"),
    "unhandled": ("belum ditangani", "nobody at it"),
    "handled_by": ("ditangani {by} sejak {at}", "acknowledged by {by} at {at}"),
    "ago": ("{age} lalu", "{age} ago"),
    "rule": (
        "tiap {interval} · batas {timeout} · {fails}× gagal = mati · {goods}× baik = pulih",
        "every {interval} · limit {timeout} · {fails}× failing = down · {goods}× good = up",
    ),
    "objective": ("target {percent}", "objective {percent}"),
    "latency": ("Latensi", "Latency"),
    "window_1h": ("1 jam", "1 h"),
    "window_6h": ("6 jam", "6 h"),
    "window_24h": ("24 jam", "24 h"),
    "window_7d": ("7 hari", "7 d"),
    "window_30d": ("30 hari", "30 d"),
    "least_most": ("min {low} · med {mid} · maks {high}", "min {low} · med {mid} · max {high}"),
    "no_points": ("belum ada hasil pada jendela ini", "no results in this window"),
    "loading": ("memuat …", "loading …"),
    "gone": ("pemeriksaan ini sudah tidak ada", "this check is gone"),
    "none": ("tidak ada", "none"),
    "now": ("kini", "now"),
    # incidents
    "incidents": ("Insiden", "Incidents"),
    "no_incidents": ("belum ada insiden", "no incidents yet"),
    "open": ("TERBUKA", "OPEN"),
    "closed": ("SELESAI", "CLOSED"),
    "open_n": ("{n} terbuka", "{n} open"),
    "unacked_n": ("{n} belum ditangani", "{n} nobody at it"),
    "began": ("MULAI", "BEGAN"),
    "length": ("LAMA", "LENGTH"),
    "by": ("DITANGANI", "HANDLED"),
    "the_monitor": ("pemantau itu sendiri", "the monitor itself"),
    "l_began": ("Mulai", "Began"),
    "l_ended": ("Selesai", "Ended"),
    "l_symptom": ("Gejala", "Symptom"),
    "l_handled": ("Ditangani", "Handled"),
    "l_cause": ("Penyebab", "Cause"),
    "l_affected": ("Terdampak", "Affected"),
    "l_notes": ("Catatan", "Notes"),
    "l_ticket": ("Tiket", "Ticket"),
    "ticket_reported": ("dilaporkan {at}", "reported {at}"),
    "ticket_acknowledged": ("diterima penyedia {at}", "acknowledged by the vendor {at}"),
    "ticket_restored": ("dinyatakan pulih {at}", "said to be restored {at}"),
    "l_told": ("Diberitahu", "Told"),
    "between": ("antara {a} dan {b}", "between {a} and {b}"),
    "ongoing": ("berlangsung {age}", "for {age} so far"),
    "lasted": ("lama {age}", "lasted {age}"),
    "not_given": ("belum diisi", "not given"),
    "guess": ("belum diisi; dugaan: {cause} ({why})", "not given; likely: {cause} ({why})"),
    "nobody_told": ("belum ada yang diberitahu", "nobody was told yet"),
    "tries": ("{n}× dicoba", "tried {n}×"),
    "no_notes": ("belum ada catatan", "no notes yet"),
    # actions
    "ask_note": ("Catatan untuk {id}", "Note for {id}"),
    "ask_cause": ("Penyebab {id}", "Cause of {id}"),
    "ask_hint": ("Enter mengirim · Esc melewati", "Enter sends · Esc skips"),
    "filter": ("Saring", "Filter"),
    "filter_hint": (
        "kata mencocokkan nama, grup, sasaran, keadaan; !kata mengecualikan",
        "words match name, group, target, state; !word excludes",
    ),
    "doing_ack": ("{id}: menandai ditangani …", "{id}: acknowledging …"),
    "doing_unack": ("{id}: mencabut tanda …", "{id}: taking back …"),
    "doing_note": ("{id}: mengirim catatan …", "{id}: sending the note …"),
    "doing_cause": ("{id}: mengirim penyebab …", "{id}: sending the cause …"),
    "doing_probe": ("{id}: mengukur …", "{id}: probing …"),
    "done_ack": ("{id} ditangani {by}; u membatalkan", "{id} acknowledged by {by}; u undoes"),
    "done_unack": ("{id} tidak lagi ditangani", "{id} no longer acknowledged"),
    "done_note": ("{id}: catatan tersimpan", "{id}: note kept"),
    "done_cause": ("{id}: penyebab tersimpan", "{id}: cause kept"),
    "done_accept": ("{id}: penyebab: {cause}; c mengubah", "{id}: cause: {cause}; c changes it"),
    "done_probe": ("{id}: {result}", "{id}: {result}"),
    "failed": ("{id}: gagal: {why}", "{id}: failed: {why}"),
    "already": ("{id} sudah ditangani {by}", "{id} is acknowledged by {by} already"),
    "not_acked": ("{id} belum ditangani siapa pun", "nobody has acknowledged {id}"),
    "no_incident": ("tidak ada insiden terbuka di sini", "no open incident here"),
    "is_closed": ("{id} sudah selesai", "{id} is closed already"),
    "no_guess": ("{id}: tidak ada dugaan untuk disetujui", "{id}: no guess to accept"),
    "no_check": ("tidak ada pemeriksaan di sini", "no check here"),
    "not_found": ("{id} tidak ditemukan", "{id} was not found"),
    "may_not": (
        "baca saja: perlu token dengan hak “ack” di ~/.config/siaga/token (siaga token new)",
        "read only: needs a token with the scope “ack” in ~/.config/siaga/token (siaga token new)",
    ),
    # keys
    "k_move": ("pindah", "move"),
    "k_page": ("halaman", "page"),
    "k_ends": ("awal, akhir", "first, last"),
    "k_open": ("buka", "open"),
    "k_back": ("kembali", "back"),
    "k_fold": ("lipat", "fold"),
    "k_filter": ("saring", "filter"),
    "k_incidents": ("insiden", "incidents"),
    "k_ack": ("tangani", "ack"),
    "k_unack": ("batal", "undo ack"),
    "k_note": ("catatan", "note"),
    "k_cause": ("penyebab", "cause"),
    "k_accept": ("setuju dugaan", "accept guess"),
    "k_probe": ("ukur", "probe"),
    "k_help": ("bantuan", "help"),
    "k_language": ("English", "Indonesia"),
    "k_quit": ("keluar", "quit"),
    "k_zoom": ("jendela", "window"),
    "k_scroll": ("gulir", "scroll"),
    "k_next": ("bagian lain", "other part"),
    # help
    "help": ("Bantuan", "Help"),
    "h_everywhere": ("Di mana saja", "Everywhere"),
    "h_board": ("Papan", "Board"),
    "h_check": ("Pemeriksaan", "Check"),
    "h_incidents": ("Insiden", "Incidents"),
    "h_signs": ("Tanda", "Signs"),
    "h_ack": ("ditangani oleh", "acknowledged by"),
    "h_unreachable": ("tak terjangkau sebab induk ini mati", "behind this parent, which is down"),
    "h_flapping": ("naik-turun", "flapping"),
    "h_busy": ("tindakan sedang dikirim", "an action is under way"),
}


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._at = LANGUAGES.index(self.language)

    def __call__(self, key: str, **fields: object) -> str:
        text = PHRASES[key][self._at]
        return text.format(**fields) if fields else text

    def of(self, table: Mapping[str, tuple[str, str]], key: str) -> str:
        """A word of one of the tables; what a newer server calls it where we have none."""
        pair = table.get(key)
        return key if pair is None else pair[self._at]

    @property
    def other(self) -> str:
        return LANGUAGES[1 - self._at]
