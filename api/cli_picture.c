/* Pictures as files: see cli_picture.h. */
#include "api/cli_picture.h"

#include "scheduler/picture.h"

enum {
	PICTURE_CAP = 8 << 20
};

static bool write_picture(struct arena *a, const char *folder, const char *name,
    const struct str *svg)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);

	return path != NULL && !svg->failed &&
	       cli_write_file(path, svg->data, svg->len);
}

static bool draw_cohorts(const char *folder, const struct cli_input *in,
    const struct intake *intake, const struct busy_time *busy, uint32_t n_busy,
    const struct cohort_plan *plan, struct str *svg)
{
	for (uint32_t i = 0; i < plan->n_cohorts; i++) {
		const char *name =
		    arena_printf(in->a, "cohort-%03u.svg", i + 1);
		struct err e = {0};

		str_clear(svg);
		if (name == NULL)
			return false;
		if (picture_cohort(in->a, in->community, intake, busy, n_busy,
			&plan->cohort[i], i + 1, svg, &e) != ERR_OK) {
			cli_fail(name, &e);
			return false;
		}
		if (!write_picture(in->a, folder, name, svg))
			return false;
	}
	return true;
}

bool cli_picture(const char *folder, const struct cli_input *in,
    const struct intake *intake, const struct busy_time *busy, uint32_t n_busy,
    const struct cohort_plan *plan)
{
	struct str svg;
	bool good;

	if (!cli_make_folder(folder))
		return false;
	str_init(&svg, PICTURE_CAP);
	good = draw_cohorts(folder, in, intake, busy, n_busy, plan, &svg);
	if (good) {
		str_clear(&svg);
		picture_common_hours(in->community, intake, busy, n_busy, &svg);
		good = write_picture(in->a, folder, "common-hours.svg", &svg);
	}
	str_free(&svg);
	return good;
}
