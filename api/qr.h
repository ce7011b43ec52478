/*
 * A text as a QR code, drawn as SVG: one path of squares, with the quiet zone that
 * readers need, so that it stands inside a page without any style or script. The only
 * home of libqrencode. Any thread.
 */
#ifndef API_QR_H
#define API_QR_H

#include "base/err.h"
#include "base/str.h"

/* Append the drawing; each module has `scale` pixels. label: what it is, for those who do
 * not see it. ERR_TOO_LARGE when the text does not fit (2,331 octets), ERR_NOMEM. */
enum err_code qr_svg(struct str *out, const char *text, int scale,
    const char *label, struct err *e) ERR_CHECKED;

#endif
