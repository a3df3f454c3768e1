"""Language codes for sound and subtitles in containers: the three letters of ISO 639-2."""

from __future__ import annotations

AUTO = "auto"
"""Stands for the language that a recogniser finds."""
UNKNOWN = "und"
"""ISO 639-2 for a language that nobody named, as of a film without speech."""
UNSPACED = ("zh", "ja", "th", "lo", "my", "km", "yue")
"""Languages written without spaces between words."""
_WRITTEN = """
aa aar  ab abk  ae ave  af afr  ak aka  am amh  an arg  ar ara  as asm  av ava  ay aym  az aze  ba bak  be bel
bg bul  bh bih  bi bis  bm bam  bn ben  bo bod  br bre  bs bos  ca cat  ce che  ch cha  co cos  cr cre  cs ces
cu chu  cv chv  cy cym  da dan  de deu  dv div  dz dzo  ee ewe  el ell  en eng  eo epo  es spa  et est  eu eus
fa fas  ff ful  fi fin  fj fij  fo fao  fr fra  fy fry  ga gle  gd gla  gl glg  gn grn  gu guj  gv glv  ha hau
he heb  hi hin  ho hmo  hr hrv  ht hat  hu hun  hy hye  hz her  ia ina  id ind  ie ile  ig ibo  ii iii  ik ipk
io ido  is isl  it ita  iu iku  ja jpn  jv jav  jw jav  ka kat  kg kon  ki kik  kj kua  kk kaz  kl kal  km khm  kn kan
ko kor  kr kau  ks kas  ku kur  kv kom  kw cor  ky kir  la lat  lb ltz  lg lug  li lim  ln lin  lo lao  lt lit
lu lub  lv lav  mg mlg  mh mah  mi mri  mk mkd  ml mal  mn mon  mr mar  ms msa  mt mlt  my mya  na nau  nb nob
nd nde  ne nep  ng ndo  nl nld  nn nno  no nor  nr nbl  nv nav  ny nya  oc oci  oj oji  om orm  or ori  os oss
pa pan  pi pli  pl pol  ps pus  pt por  qu que  rm roh  rn run  ro ron  ru rus  rw kin  sa san  sc srd  sd snd
se sme  sg sag  si sin  sk slk  sl slv  sm smo  sn sna  so som  sq sqi  sr srp  ss ssw  st sot  su sun  sv swe
sw swa  ta tam  te tel  tg tgk  th tha  ti tir  tk tuk  tl tgl  tn tsn  to ton  tr tur  ts tso  tt tat  tw twi
ty tah  ug uig  uk ukr  ur urd  uz uzb  ve ven  vi vie  vo vol  wa wln  wo wol  xh xho  yi yid  yo yor  za zha
zh zho  zu zul
"""
LETTERS = dict(zip(_WRITTEN.split()[::2], _WRITTEN.split()[1::2], strict=True))
"""ISO 639-2 code of each ISO 639-1 code."""
QUICKTIME = {"deu": "ger", "nld": "dut", "swe": "sve", "ell": "gre", "isl": "ice", "zho": "chi"}
"""The codes that FFmpeg's list of Macintosh languages uses instead."""

BIBLIOGRAPHIC = {
    **{"alb": "sqi", "arm": "hye", "baq": "eus", "bur": "mya", "chi": "zho", "cze": "ces", "dut": "nld"},
    **{"fre": "fra", "geo": "kat", "ger": "deu", "gre": "ell", "ice": "isl", "mac": "mkd", "mao": "mri"},
    **{"may": "msa", "per": "fas", "rum": "ron", "slo": "slk", "tib": "bod", "wel": "cym"},
}
"""The codes of ISO 639-2/B, which Matroska prefers, and those of 639-2/T for the same languages."""


def tag(language: str | None, suffix: str) -> str:
    """The code of a language given as 'de', 'deu' or 'de-AT', for a file with this suffix; 'und' if it is unknown."""
    letters = (language or "").partition("-")[0].lower()
    name = LETTERS.get(letters, letters if len(letters) == 3 else "und")
    if suffix != ".mov":
        return name
    name = BIBLIOGRAPHIC.get(name, name)
    return QUICKTIME.get(name, name)
