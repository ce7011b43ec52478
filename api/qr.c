/* QR codes: see qr.h. */
#include "api/qr.h"

#include <errno.h>
#include <qrencode.h>

enum {
	QUIET = 4, /* modules around the code, ISO/IEC 18004 */
};

/* Every run of dark modules of a row is one rectangle of the path. */
static void put_rows(struct str *out, const QRcode *code)
{
	for (int y = 0; y < code->width; y++)
		for (int x = 0, n; x < code->width; x += n + 1) {
			const unsigned char *row = code->data + y * code->width;

			for (n = 0; x + n < code->width && row[x + n] & 1; n++)
				;
			if (n > 0)
				str_printf(out, "M%d %dh%dv1h-%dz", x + QUIET,
				    y + QUIET, n, n);
		}
}

enum err_code qr_svg(struct str *out, const char *text, int scale,
    const char *label, struct err *e)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	int size;

	if (code == NULL && errno == ERANGE)
		return ERR_SET(
		    e, TOO_LARGE, "the text is too long for a QR code");
	if (code == NULL)
		return ERR_SET(e, NOMEM, "no memory for a QR code");
	size = code->width + 2 * QUIET;
	str_printf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
	    "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
	    "shape-rendering=\"crispEdges\"><title>",
	    size * scale, size * scale, size, size);
	str_put_markup(out, label);
	str_printf(out,
	    "</title><path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/><path "
	    "d=\"",
	    size, size, size);
	put_rows(out, code);
	str_puts(out, "\"/></svg>\n");
	QRcode_free(code);
	return ERR_OK;
}
