* Select transistor with body effect, BSIM3v3.3: an alternative to nmos_select.mod.
*
* The card of nmos.mod under the name that netlists/cell.sub asks for: include one of
* the two. On-resistance 101 ohm at 32.5/0.5 um and a gate voltage of 3 V. It costs
* several times the computing time of the square law, changes maxima of the membrane
* by a common 0.5 %, and matters when a cell is written against the source line or
* through the source (bench/cell_write_bsim3.cir). sel_vto and sel_kp do not act on it.
.model nmos_select nmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 voff=-0.1
+ vth0=0.65 k1=0.88 k2=-0.0186 u0=460 vsat=1.5e5
