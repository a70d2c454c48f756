use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn said(mail: &str) -> Said {
    Said::read(mail.replace('\n', "\r\n").as_bytes())
}

/// Subject, text and HTML of mails as clients send them.
#[rstest]
#[case::plain("Subject: Hi\n\nText\n", "Hi", "Text\r\n", None)]
#[case::no_header("\nText\n", "", "Text\r\n", None)]
#[case::nothing("", "", "", None)]
#[case::no_body("Subject: Hi\n", "Hi", "", None)]
#[case::folded("Subject: one\n two\n\n", "one two", "", None)]
#[case::encoded_words(
    "Subject: =?utf-8?b?w6k=?= =?utf-8?q?=C3=A9?= =?iso-8859-1?q?_=E9?=\n\n",
    "éé é",
    "",
    None
)]
#[case::quoted_printable(
    "Content-Transfer-Encoding: quoted-printable\n\n=C3=A9 soft=\n line=3D\n",
    "",
    "é soft line=\r\n",
    None
)]
#[case::base64(
    "Content-Type: text/plain; charset=\"utf-8\"\nContent-Transfer-Encoding: base64\n\nw6kg\nw6k=\n",
    "",
    "é é",
    None
)]
#[case::bad_base64("Content-Transfer-Encoding: base64\n\n!!\n", "", "!!\r\n", None)]
#[case::latin(
    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=E9",
    "",
    "é",
    None
)]
#[case::html("Content-Type: text/html\n\n<p>a &amp; b</p>", "", "a & b\n", Some("<p>a &amp; b</p>"))]
#[case::calendar("Content-Type: text/calendar\n\nx", "", "", None)]
#[case::no_boundary("Content-Type: multipart/alternative\n\nText", "", "Text", None)]
#[case::upper_case("SUBJECT: Hi\nCONTENT-TYPE: TEXT/HTML\n\n<b>", "Hi", "", Some("<b>"))]
fn a_mail_of_one_part_is_read(
    #[case] mail: &str,
    #[case] subject: &str,
    #[case] text: &str,
    #[case] html: Option<&str>,
) {
    let expected = Said { subject: subject.into(), text: text.into(), html: html.map(str::to_owned) };
    assert_eq!(said(mail), expected);
}

#[test]
fn text_and_html_are_found_in_parts_within_parts() {
    let said = said(
        "Subject: Hi\nContent-Type: multipart/mixed; boundary=\"out=er\"\n\npreamble\n--out=er\n\
         Content-Type: multipart/alternative; boundary=inner\n\n--inner\n\nText\n--innermost\n--inner  \n\
         Content-Type: text/html\n\n<b>\n\n--inner--\nepilogue\n--out=er\n\
         Content-Type: text/plain\nContent-Disposition: attachment\n\nattached\n--out=er\n\nmore\n--out=er--\n--out=er\n\nno\n",
    );
    assert_eq!(said.text, "Text\r\n--innermost\nmore");
    assert_eq!(said.html.as_deref(), Some("<b>\r\n"));
    assert_eq!(said.subject, "Hi");
}

#[test]
fn a_mail_that_is_cut_off_says_what_it_says() {
    let said =
        said("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\nContent-Type: text/html\n\n<b>t");
    assert_eq!((said.text.as_str(), said.html.as_deref()), ("one", Some("<b>t")));
}

#[rstest]
#[case::message(
    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\nSubject: no\n\nno\n--x--"
)]
#[case::digest("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: no\n\nno\n--x--")]
fn messages_within_are_not_read(#[case] mail: &str) {
    assert_eq!(said(mail), Said::default());
}

#[test]
fn a_long_subject_is_cut_between_characters() {
    assert_eq!(said(&format!("Subject: {}\n\n", "aé".repeat(1000))).subject, "aé".repeat(341) + "a");
}

/// Bombs for readers that recurse, or that do all again at each level.
#[rstest]
#[case::messages("Content-Type: message/rfc822\n\n")]
#[case::digests("Content-Type: multipart/digest; boundary=x\n\n--x\n\n")]
#[case::multiparts("Content-Type: multipart/mixed; boundary=x\n\n--x\n")]
#[case::delimiters("Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x\n--x\n--x\n")]
#[case::header("a: b\n")]
#[case::tags("Content-Type: text/html\n\n<p><!--<b>&amp;")]
fn a_mail_of_many_parts_is_read(#[case] part: &str) {
    said(&part.repeat(20_000));
}

proptest! {
    #[test]
    fn any_bytes_are_a_mail(mail in prop::collection::vec(any::<u8>(), 0..300)) {
        Said::read(&mail);
    }

    #[test]
    fn any_mixture_of_what_mails_consist_of_is_a_mail(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "Content-Type: ", "Content-Disposition: ", "Content-Transfer-Encoding: ", "Subject: ", "multipart/mixed",
            "multipart/alternative", "text/html", "text/plain", "message/rfc822", "; boundary=", "; boundary*0*=utf-8''", "x",
            "\"", "\\", "(", ")", "--", "--x", "--x--", "\r\n", "\n", "\r\n\r\n", " ", "\t", "base64", "quoted-printable", "=",
            "=3D", "w6k=", "=?utf-8?q?", "=?utf-8?b?", "?=", "; charset=", "utf-7", "utf-16", "iso-2022-jp", "<", ">", "<!--", "&",
            "&#x;", "&#xffffffff;", "&amp;", "é", ":", ";", ",", "%zz", "*1=", "\0",
        ]), 0..60),
    ) {
        let said = Said::read(pieces.concat().as_bytes());
        prop_assert!(said.subject.len() <= MAX_SUBJECT_BYTES);
    }
}
