"""The words that announce a value, by what they announce: English, German, French, Arabic, Dutch, Spanish, Italian,
Portuguese, Polish, Hungarian, Swedish, Danish. A phrase may announce several things; the place decides.

Phrases are divided by `;`, and compared without case, accents, signs and spaces. `{no}` stands for every way to write
"number".
"""
# ruff: noqa: E501  (rows of a table)

from __future__ import annotations

from enum import StrEnum

from ingestion.extract.layout import fold


class Label(StrEnum):
    """What a phrase announces."""

    NUMBER = "number"
    ISSUE_DATE = "issue_date"
    DATE = "date"
    """A date of something, most likely the document's."""
    DUE_DATE = "due_date"
    OTHER_DATE = "other_date"
    ORDER = "order"
    OTHER = "other"
    """A number or text that is none of ours: it ends what stands before, and its value isn't taken for another."""
    TAX_ID = "tax_id"
    BUYER_TAX_ID = "buyer_tax_id"
    IBAN = "iban"
    CURRENCY = "currency"
    SELLER = "seller"
    BUYER = "buyer"
    SHIP_TO = "ship_to"
    NET = "net"
    TAX = "tax"
    TOTAL = "total"
    PAYABLE = "payable"
    PART = "part"
    """An amount between lines and totals: allowance, charge, paid before, base of a tax."""
    NOTE = "note"
    """Says something about the value that follows and isn't part of it."""
    DESCRIPTION = "description"
    ITEM = "item"
    POSITION = "position"
    QUANTITY = "quantity"
    UNIT = "unit"
    PRICE = "price"
    AMOUNT = "amount"
    GROSS = "gross"
    RATE = "rate"
    LINE_TAX = "line_tax"
    DISCOUNT = "discount"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    PURCHASE_ORDER = "purchase_order"
    DELIVERY_NOTE = "delivery_note"
    STATEMENT = "statement"


_NO = ("number", "no", "nr", "num", "nummer", "numero", "id")
_WORDS: dict[Label, str] = {
    Label.NUMBER: """invoice {no};tax invoice {no};inv {no};bill {no};document {no};credit note {no};credit memo {no};
        invoice reference;invoice ref;our invoice {no};receipt {no};
        rechnungsnummer;rechnungs {no};rechnung {no};rechn {no};re {no};rg {no};beleg {no};belegnummer;gutschrift {no};
        gutschriftsnummer;handelsrechnung {no};dokumentnummer;
        numéro de facture;facture {no};n° de facture;n° facture;no facture;numéro facture;référence facture;avoir {no};n° d'avoir;
        رقم الفاتورة;رقم الفاتورة الضريبية;فاتورة رقم;رقم فاتورة;رقم الإشعار;رقم المستند;
        factuurnummer;factuur {no};factuurnr;número de factura;nº de factura;factura {no};nº factura;número factura;num factura;
        numero fattura;fattura {no};n fattura;numero documento;número da fatura;fatura {no};nº da fatura;
        faktura {no};faktura vat {no};numer faktury;fakturanummer;faktura nr;számlaszám;számla sorszáma;számla száma""",
    Label.ISSUE_DATE: """invoice date;date of invoice;tax invoice date;issue date;date of issue;issued;issued on;issued at;bill date;document date;
        invoice issue date;created;date issued;credit note date;receipt date;dated;
        rechnungsdatum;rechnungs datum;belegdatum;beleg datum;ausstellungsdatum;datum der rechnung;rechnungserstellungsdatum;gutschriftsdatum;
        date de facture;date de la facture;date facture;date d'émission;émise le;date de facturation;facture du;date d'avoir;
        تاريخ الفاتورة;تاريخ الإصدار;تاريخ اصدار الفاتورة;تاريخ إصدار;تاريخ المستند;
        factuurdatum;fecha de factura;fecha factura;fecha de emisión;fecha de expedición;data fattura;data documento;data di emissione;
        data da fatura;data de emissão;data wystawienia;fakturadatum;fakturadato;fakturadatum;számla kelte;számla kibocsátásának kelte;kiállítás dátuma""",
    Label.DATE: """date;datum;vom;du;le;التاريخ;تاريخ;fecha;data;dato;dátum;kelt;számladátum;dd;dated""",
    Label.DUE_DATE: """due date;payment due date;due;due on;due by;payment due;pay by;payable by;payment date due;date due;please remit until;
        please pay by;please pay until;fälligkeit;fälligkeitsdatum;fällig am;fällig;zahlbar bis;zahlungsziel;zahlbar ohne abschlag bis;bitte überweisen sie bis zum;
        netto bis;tagen netto bis;zahlbar bis zum;zu zahlen bis;spätestens bis;
        date d'échéance;échéance;échéance le;à payer avant le;date limite de paiement;à régler avant le;
        تاريخ الاستحقاق;تاريخ استحقاق الدفع;موعد الاستحقاق;تاريخ السداد;
        vervaldatum;vervaldag;te betalen voor;uiterste betaaldatum;fecha de vencimiento;vencimiento;data scadenza;scadenza;data di scadenza;
        data de vencimento;termin płatności;förfallodatum;förfallodag;forfaldsdato;fizetési határidő;fizetési határidő dátuma""",
    Label.OTHER_DATE: """delivery date;date of delivery;date of supply;supply date;ship date;shipping date;order date;po date;service date;
        period;billing period;invoice period;service period;tax point;tax point date;valid until;print date;
        lieferdatum;leistungsdatum;leistungs datum;liefer datum;bestelldatum;auftragsdatum;lieferschein datum;vertrags datum;auftrag datum lief;
        leistungszeitraum;lieferzeitraum;liefer und leistungsdatum;liefer leistungszeitraum;abrechnungszeitraum;zeitraum;
        date de livraison;date de commande;date de début de prestation;date de fin de prestation;période;période de;période du;date de facture associée;
        date début;date fin;date de prestation;date de la commande;skonto bis;zahlbar mit skonto bis;
        تاريخ التوريد;تاريخ التسليم;تاريخ الطلب;leverdatum;besteldatum;fecha de entrega;fecha de pedido;data consegna;data ordine;
        leveransdatum;leveringsdato;teljesítés dátuma;teljesítés kelte;data sprzedaży""",
    Label.ORDER: """purchase order;purchase order {no};po {no};po;p o {no};p o;order {no};your order;your order {no};customer order {no};order reference;your po;
        customer po;order ref;your order ref;po reference;buyer reference;
        bestellnummer;bestell {no};bestellung {no};ihre bestellung;ihre bestellnummer;ihre auftragsnummer;bestellung vom;ihr auftrag;
        n° bon de commande;bon de commande {no};bon de commande;n° de commande;commande {no};votre commande;votre référence commande;commande client;
        رقم أمر الشراء;أمر الشراء;رقم الطلب;bestelnummer;uw bestelnummer;inkoopnummer;pedido {no};número de pedido;su pedido;
        ordine {no};vs ordine;número da encomenda;zamówienie {no};numer zamówienia;beställningsnummer;ordrenummer;rendelésszám""",
    Label.OTHER: """customer {no};customer;customer id;client {no};account {no};account;customer code;reference;your reference;our reference;ref;our ref;your ref;quote {no};contract {no};
        delivery note {no};tracking {no};job {no};project {no};phone;tel;telephone;telephone number;fax;mobile;email;e mail;website;bic;swift;swift code;
        account name;bank;bank name;sort code;branch;terms;payment terms;page;registration {no};company registration {no};cr {no};c r {no};commercial registration {no};license {no};
        nummer;globale nummer;kundennummer;kunden {no};ihre kundennummer;ihre nummer;kd {no};lieferschein {no};lieferscheinnummer;vertrags {no};vertragsnummer;auftrags {no};auftragsnummer;auftrag {no} lief;referenz;
        zeichen;ihr zeichen;unser zeichen;telefon;tel;kontonummer;konto {no};blz;bankleitzahl;hrb;hra;gln;unsere gln;ihre gln;gtin;handelsregister;handelsreg;geschäftsführer;lief {no};
        steuernummer käufer;bestellposition;seite;zahlungsbedingungen;projekt;
        n° client;n° de client;référence;référence client;votre référence;nos références;vos références;siren;siret;siren siret;ape;naf;rcs;n° contrat;téléphone;n° bon de livraison;
        n° bon de vente;n° de facture associée;facture liée;conditions de paiement;contact commercial;n° bon de réception;
        رقم العميل;هاتف;الهاتف;رقم السجل التجاري;السجل التجاري;رقم الحساب;المرجع;رقم المرجع;شروط الدفع;صفحة;رقم العقد;
        klantnummer;debiteurnummer;kvk;kvk nummer;telefoon;betalingstermijn;cliente {no};teléfono;codice cliente;telefono;
        ügyfélszám;dkv bizonylatszám;kundnummer;kundenr;telefon;oldal""",
    Label.TAX_ID: """vat {no};vat;vat reg {no};vat registration {no};vat registeration {no};vat id;vatin;tax id;tax {no};tax registration {no};trn;trn {no};gst {no};gstin;abn;tin;
        vat identification {no};company vat {no};tax registration;ein;tax reg {no};tax identification {no};gst reg {no};
        ust id;ust id nr;ust idnr;ust identnr;ustid;umsatzsteuer id;umsatzsteuer identifikationsnummer;umsatzsteuer id nr;uid;uid nr;mwst nr;steuernummer;steuer nr;st nr;ust nr;
        tva;n° tva;tva intracommunautaire;n° tva intracommunautaire;numéro de tva;n° de tva;tva intra;n° tva intra;id tva;
        الرقم الضريبي;رقم التسجيل الضريبي;رقم ضريبة القيمة المضافة;الرقم الضريبي للمورد;رقم تسجيل ضريبة القيمة المضافة;
        btw nummer;btw nr;btw;btw id;nif;cif;nif cif;iva;partita iva;p iva;piva;codice fiscale;nip;contribuinte;momsnr;moms nr;vat nr;cvr;cvr nr;org nr;adószám;közösségi adószám;ügyfél adószám""",
    Label.BUYER_TAX_ID: """customer vat {no};customer trn;client trn;buyer trn;buyer vat {no};client vat {no};your vat {no};your vat id;customer tax id;customer vat;
        ihre ust id;ihre ust idnr;ihre ust id nr;kunden ust id;ku ust id;ust id kunde;n° tva client;tva client;votre n° tva;n° de tva client;
        الرقم الضريبي للعميل;رقم التسجيل الضريبي للعميل;uw btw nummer;nif cliente;ku ust id nat st nr;ügyf közösségi nemzeti adószám""",
    Label.IBAN: "iban;iban {no};iban code;iban konto;رقم الآيبان;الآيبان;آيبان;ايبان;رقم الايبان",
    Label.CURRENCY: """currency;invoice currency;document currency;währung;rechnungswährung;beträge in;belegwährung;devise;monnaie;devise de facturation;العملة;عملة الفاتورة;valuta;moneda;divisa;moeda;pénznem;waluta""",
    Label.SELLER: """seller;supplier;from;vendor;sold by;seller details;supplier details;issued by;verkäufer;lieferant;rechnungssteller;rechnungsersteller;absender;aussteller;
        vendeur;fournisseur;émetteur;البائع;المورد;بائع;اسم المورد;مقدم الخدمة;verkoper;leverancier;vendedor;proveedor;emisor;venditore;fornitore;cedente;sprzedawca;säljare;szállító""",
    Label.BUYER: """bill to;billed to;bill too;sold to;invoice to;invoiced to;customer;customer name;buyer;client;client name;customer details;buyer details;to;billing address;invoice address;attention;
        käufer;kunde;rechnungsempfänger;rechnungsadresse;auftraggeber;rechnung an;leistungsempfänger;käufer leistungsempfänger;ügyféladatok;
        facturé à;adressé à;destinataire;acheteur;adresse du client;adresse de facturation;client facturé;vos identifiants;
        فاتورة إلى;العميل;المشتري;اسم العميل;السادة;مطلوب من;klant;afnemer;factuur aan;factuuradres;cliente;comprador;datos del cliente;spett le;destinatario;cessionario;nabywca;köpare;kund;vevő""",
    Label.SHIP_TO: """ship to;shipped to;deliver to;delivery address;shipping address;delivered to;consignee;lieferadresse;lieferanschrift;warenempfänger;abweichender warenempfänger;
        steuerbevollmächtigter des verkäufers;abweichender zahlungsempfänger;livraison;livré à;adresse de livraison;bénéficiaire;représentant fiscal;عنوان التسليم;الشحن إلى;afleveradres;dirección de entrega""",
    Label.NET: """subtotal;sub total;net;net total;total net;net amount;net amout;total excl vat;total excluding vat;total excl tax;total excluding tax;total before tax;total before vat;amount before vat;
        taxable amount;total taxable amount;taxable value;total without vat;amount excluding vat;net value;net invoice amount;total ex vat;total ex gst;total net amount;invoice total excl vat;amount excl vat;
        netto;nettobetrag;summe netto;gesamt netto;rechnungssumme netto;nettosumme;netto summe;zwischensumme;rechnungssumme ohne ust;gesamtbetrag netto;warenwert netto;netto gesamt;gesamtnetto;
        nettogesamtbetrag;total netto;summe ohne ust;rechnungsbetrag netto;netto warenwert;nettowarenwert;
        total ht;montant ht;total hors taxes;total hors taxe;net ht;sous total;sous total ht;total net ht;montant total ht;montant hors taxes;
        المجموع الفرعي;الإجمالي قبل الضريبة;المبلغ الخاضع للضريبة;الصافي;المجموع قبل الضريبة;الإجمالي غير شامل الضريبة;الإجمالي الخاضع للضريبة;الاجمالي بدون الضريبة;
        subtotaal;totaal excl btw;totaal exclusief btw;netto bedrag;base imponible;subtotal;total neto;imponibile;totale imponibile;totale netto;total sem iva;wartość netto;razem netto;
        summa exkl moms;nettósszeg;nettó összeg;összesen nettó""",
    Label.TAX: """vat;tax;gst;sales tax;vat amount;tax amount;total vat;total tax;vat total;tax total;total vat amount;total tax amount;gst amount;total gst;plus vat;output vat;value added tax;vat aed;hst;
        mwst;ust;umsatzsteuer;mehrwertsteuer;mwst betrag;ust betrag;steuerbetrag;steuerbetrag in;zzgl mwst;zzgl ust;zuzügl ust;zuzüglich mwst;zuzüglich ust;summe mwst;summe ust;gesamt mwst;gesamt ust;summe umsatzsteuer;
        gesamtbetrag der steuer;steuersumme;tva;total tva;montant tva;montant total tva;dont tva;taxes;total taxes;montant de la tva;
        ضريبة القيمة المضافة;قيمة الضريبة;مبلغ الضريبة;إجمالي الضريبة;مجموع الضريبة;مجموع ضريبة القيمة المضافة;الضريبة;إجمالي ضريبة القيمة المضافة;
        btw;btw bedrag;totaal btw;iva;cuota iva;total iva;importo iva;imposta;totale iva;imposto;kwota vat;moms;momsbelopp;áfa;áfa összege;összesen áfa""",
    Label.TOTAL: """total;grand total;total incl vat;total including vat;total inc vat;invoice total;total amount;amount incl vat;total with vat;total incl tax;total including tax;gross total;total gross;gross amount;
        total invoice amount;invoice amount;total invoice;total amount incl vat;total payable amount incl vat;total inclusive of vat;total inc gst;total incl gst;total aed;
        summe;gesamt;gesamtbetrag;gesamtsumme;rechnungsbetrag;endbetrag;bruttosumme;bruttobetrag;summe brutto;summe inkl ust;summe inkl mwst;rechnungssumme brutto;gesamt brutto;brutto;gesamtbetrag brutto;endsumme;
        rechnungssumme;rechnungsgesamtbetrag;rechnungsendbetrag;brutto gesamt;total brutto;rechnungsbetrag brutto;rechnungsbetrag inkl mwst;gesamtbetrag inkl mwst;
        total ttc;montant ttc;montant total ttc;total toutes taxes comprises;total général;total à payer ttc;
        الإجمالي;المجموع;المجموع الكلي;الإجمالي شامل الضريبة;الاجمالي الكلي;إجمالي الفاتورة;المبلغ الإجمالي;إجمالي المبلغ;إجمالي المبلغ شامل الضريبة;المجموع شامل الضريبة;المجموع مع الضريبة;
        totaal;totaal incl btw;totaal inclusief btw;totaalbedrag;factuurbedrag;total factura;importe total;totale;totale fattura;totale documento;totale complessivo;total geral;razem;wartość brutto;razem brutto;
        summa;summa inkl moms;att betala inkl moms;total dkk;összesen;végösszeg;bruttó végösszeg;mindösszesen""",
    Label.PAYABLE: """amount due;balance due;total due;balance;amount payable;total payable;due payable;payable;net payable;to pay;outstanding;balance outstanding;payable amount;total amount due;amount to pay;net amount due;
        zahlbetrag;zu zahlen;zu zahlender betrag;fälliger betrag;offener betrag;zahlungsbetrag;restbetrag;noch zu zahlen;
        net à payer;à payer;reste à payer;solde;montant à payer;montant dû;solde à payer;total à payer;
        المبلغ المستحق;صافي المستحق;المستحق;الرصيد المستحق;المبلغ المطلوب سداده;الرصيد;
        te betalen;te voldoen;openstaand;total a pagar;importe a pagar;netto a pagare;totale da pagare;valor a pagar;do zapłaty;att betala;at betale;fizetendő;fizetendő összeg""",
    Label.PART: """discount;rebate;special rebate;allowance;total discount;shipping;freight;delivery;charge;rush delivery;handling;paid;amount paid;deposit;prepaid;advance;advance paid;rounding;less;total before discount;payments;
        total items;line total sum;total lines;vat base;tax base;base;basis;
        rabatt;nachlass;abzüglich;versand;versandkosten;fracht;frachtbetrag;anzahlung;erhaltene anzahlungen;gesamtbetrag der zuschläge;gesamtbetrag der abschläge;positionssumme;zuschlag;abschlag;skonto;zu abschlag;
        basisbetrag;steuerbasisbetrag;steuerbasis;bemessungsgrundlage;summe positionen;rundung;
        remise;acompte;frais de port;port;escompte;base ht;base tva;base;déjà payé;montant payé;arrondi;charge;
        خصم;الخصم;المدفوع;مدفوع;دفعة مقدمة;إجمالي الخصم;الشحن;التقريب;korting;verzendkosten;betaald;descuento;portes;anticipo;sconto;acconto;desconto;rabat;zaliczka;zapłacono;frakt;kedvezmény;
        adóalap;áfaalap""",
    Label.NOTE: """incl vat;including vat;incl tax;excl vat;excl tax;excluding vat;inkl ust;inkl mwst;incl mwst;incl ust;excl ust;ohne ust;zzgl;excl btw;incl btw;ht;ttc;in""",
    Label.DESCRIPTION: """description;item;items;product;products;service;services;details;particulars;item description;product name;description of goods;description of services;goods;item details;
        product service;product name description;product description;service description;item name;line item;name;task;activity;
        beschreibung;artikel;artikelbezeichnung;bezeichnung;artikelbeschreibung;produkt;leistung;leistungsbeschreibung;text;positionstext;warenbezeichnung;produktbezeichnung;dienstleistung;artikelname;
        désignation;description;libellé;produit;article;prestation;nom designation;nom désignation;intitulé;détail;
        الوصف;البيان;الصنف;الأصناف;اسم الصنف;تفاصيل;المنتج;الخدمة;وصف السلع;التفاصيل;
        omschrijving;artikelomschrijving;descripción;concepto;detalle;producto;descrizione;prodotto;descrição;produto;opis;nazwa;nazwa towaru;beskrivning;benämning;beskrivelse;megnevezés;termék""",
    Label.ITEM: """item code;item {no};sku;part {no};product code;code;article code;art {no};artikel {no};artikelnummer;unsere artnr;art nr;artnr;code article;référence;réf;ref;كود الصنف;رمز الصنف;رقم الصنف;artikelcode;código;
        codice;codice articolo;kod;artikelnr;varenr;gtin;ean;art nr lieferant;item id;article {no};material {no};part code;produktnr""",
    Label.POSITION: "pos;line;ligne;sl no;s no;sr no;sno;sr;sl;position;lp;م;الرقم;رقم;no;serial;line no;posten;nr;lfd nr",
    Label.QUANTITY: """quantity;qty;qty ordered;hours;units sold;quantity shipped;billed qty;qnty;hrs;hrs qty;qty hrs;
        menge;anzahl;stückzahl;stunden;std;quantité;qté;qte;nombre;qt;الكمية;العدد;كمية;aantal;hoeveelheid;cantidad;cant;uds;quantità;qtà;quantidade;qtd;ilość;antal;mennyiség""",
    Label.UNIT: "unit;uom;units;u m;unit of measure;einheit;mengeneinheit;meng einheit;me;eh;unité;u;الوحدة;وحدة;eenheid;unidad;unità;um;unidade;jm;j m;enhet;enhed;egység;mértékegység",
    Label.PRICE: """unit price;price;rate;unit cost;price per unit;price unit;price each;each;unit rate;cost;unit price excl vat;net price;list price;rate hr;
        preis;einzelpreis;stückpreis;e preis;ep;einzelpreis netto;nettopreis;preis pro einheit;preis einheit;preis stück;vk preis;ekp;einzel preis;einzelpr;
        prix unitaire;pu;p u;p u ht;pu ht;prix;prix unitaire ht;prix unit;prix u ht;
        سعر الوحدة;السعر;سعر;سعر الوحده;prijs;stukprijs;eenheidsprijs;prijs per stuk;precio;precio unitario;precio ud;prezzo;prezzo unitario;preço;preço unitário;cena;cena netto;cena jednostkowa;pris;à pris;á pris;
        enhetspris;egységár;nettó egységár""",
    Label.AMOUNT: """price w/o tax;total w/o tax;amount w/o tax;price excl tax;net total;amount;total;line total;net amount;net;total price;extended price;ext price;line amount;total net;subtotal;sub total;total amount;net value;total excl vat;amount excl vat;taxable amount;amount aed;taxable value;value;
        betrag;gesamt;summe;gesamtpreis;nettobetrag;gesamt netto;positionsbetrag;netto;total;gesamtbetrag;wert;nettowert;positions betrag ohne ust;positionsbetrag ohne ust;positionssumme;nettosumme;betrag netto;
        montant;total ht;montant ht;prix ht;prix total;total net;prix total ht;المبلغ;الإجمالي;المجموع;القيمة;المبلغ المطلوب;الصافي;المبلغ الخاضع للضريبة;الاجمالي;
        bedrag;totaal;totaalbedrag;importe;importo;totale;valor;valor total;wartość;wartość netto;belopp;summa;beløb;összesen;érték;összeg;nettó érték;összérték nettó;gesamtwert netto""",
    Label.GROSS: """total incl vat;amount incl vat;gross;gross amount;total with vat;incl vat;total including vat;bruttobetrag;brutto;gesamt brutto;total ttc;montant ttc;
        الإجمالي شامل الضريبة;المجموع شامل الضريبة;totaal incl;total con iva;wartość brutto;gesamtwert brutto;bruttó érték""",
    Label.RATE: """vat rate;tax rate;vat %;tax %;vat;tax;gst;gst %;gst rate;taxes;ust;mwst;ust satz;mwst satz;ust %;mwst %;steuersatz;steuer;tva;taux tva;taux;tva %;
        ضريبة;نسبة الضريبة;ضريبة القيمة المضافة;الضريبة;btw;btw %;iva;iva %;% iva;aliquota;stawka vat;stawka;moms;moms %;áfa""",
    Label.LINE_TAX: "vat amount;tax amount;ust betrag;mwst betrag;montant tva;مبلغ الضريبة;قيمة الضريبة;btw bedrag;kwota vat;cuota;gst amount;vat aed",
    Label.DISCOUNT: "discount;disc;disc %;rabatt;rabatt %;remise;rem;remise %;خصم;الخصم;korting;descuento;dto;sconto;desconto;rabat",
    Label.INVOICE: """invoice;tax invoice;vat invoice;simplified tax invoice;commercial invoice;sales invoice;rechnung;handelsrechnung;schlussrechnung;teilrechnung;abschlagsrechnung;e rechnung;facture;
        فاتورة;فاتورة ضريبية;فاتورة ضريبية مبسطة;factuur;factura;fattura;fatura;faktura;faktura vat;számla;e számla;proforma invoice""",
    Label.CREDIT_NOTE: """credit note;tax credit note;credit memo;credit invoice;vat credit note;gutschrift;rechnungskorrektur;korrekturrechnung;stornorechnung;rechnungsstorno;avoir;facture d'avoir;note de crédit;
        إشعار دائن;اشعار دائن;إشعار دائن ضريبي;creditnota;creditfactuur;nota de crédito;factura rectificativa;abono;nota di credito;faktura korygująca;kreditfaktura;kreditnota;jóváíró számla""",
    Label.RECEIPT: "receipt;sales receipt;cash receipt;payment receipt;till receipt;quittung;kassenbon;kassenbeleg;reçu;ticket de caisse;quittance;إيصال;سند قبض;ايصال;kassabon;recibo;ticket;scontrino;ricevuta;paragon;kvitto;kvittering;nyugta",
    Label.PURCHASE_ORDER: "purchase order;local purchase order;lpo;bestellung;bon de commande;أمر شراء;inkooporder;orden de compra;ordine di acquisto;ordem de compra;zamówienie;inköpsorder;megrendelés",
    Label.DELIVERY_NOTE: "delivery note;packing list;packing slip;dispatch note;goods received note;waybill;lieferschein;packliste;bon de livraison;bordereau de livraison;إذن تسليم;سند تسليم;مذكرة تسليم;pakbon;leveringsbon;albarán;nota de entrega;documento di trasporto;ddt;guia de remessa;följesedel;følgeseddel;szállítólevél",
    Label.STATEMENT: "statement;statement of account;account statement;customer statement;kontoauszug;saldenbestätigung;offene posten;relevé;relevé de compte;كشف حساب;rekeningoverzicht;estado de cuenta;extracto;estratto conto;extrato;wyciąg;kontoutdrag;kontoudtog;számlakivonat",
}


def _expanded(phrase: str) -> list[str]:
    return [phrase.replace("{no}", no) for no in _NO] if "{no}" in phrase else [phrase]


def _table() -> dict[str, tuple[Label, ...]]:
    table: dict[str, dict[Label, None]] = {}
    for label, phrases in _WORDS.items():
        for phrase in phrases.split(";"):
            for each in _expanded(phrase.strip()):
                table.setdefault(fold(each), {})[label] = None
    table.pop("", None)
    return {key: tuple(labels) for key, labels in table.items()}


PHRASES = _table()
"""Folded phrase: what it announces."""
PREFIXES = frozenset(key[:length] for key in PHRASES for length in range(1, len(key) + 1))
COMPOUNDS = {
    "rechnung": Label.INVOICE, "factuur": Label.INVOICE, "faktura": Label.INVOICE, "gutschrift": Label.CREDIT_NOTE,
    "lieferschein": Label.DELIVERY_NOTE, "bestellung": Label.PURCHASE_ORDER,
}  # fmt: skip
"""Ends of compound words: `Mietrechnung`."""
COLUMNS = frozenset(
    {
        Label.DESCRIPTION, Label.ITEM, Label.POSITION, Label.QUANTITY, Label.UNIT, Label.PRICE, Label.AMOUNT, Label.GROSS,
        Label.RATE, Label.LINE_TAX, Label.DISCOUNT,
    }
)  # fmt: skip
TITLES = (
    Label.CREDIT_NOTE, Label.INVOICE, Label.RECEIPT, Label.PURCHASE_ORDER, Label.DELIVERY_NOTE, Label.STATEMENT,
)  # fmt: skip
_OTHER_KINDS = """
        purchase order;local purchase order;lpo;blanket order;release order;work order;sales order;job order;change order;order confirmation;order acknowledgement;order;
        quotation;quote;sales quote;sales quotation;price quotation;estimate;cost estimate;offer;proposal;tender;bid;price list;catalogue;budget;contract;agreement;
        statement;statement of account;account statement;customer statement;monthly statement;remittance advice;payment advice;payment voucher;receipt voucher;payment receipt;
        payment reminder;reminder;final reminder;dunning letter;overdue notice;payment request;request for payment;advance payment request;deposit request;payment certificate;interim payment certificate;
        application for payment;payment application;progress claim;delivery note;delivery order;packing list;packing slip;picking list;pick list;goods received note;goods receipt;grn;dispatch note;waybill;bill of lading;
        customs declaration;bill of entry;certificate of origin;debit note;tax debit note;debit memo;credit application;credit request;return authorization;rma;renewal notice;timesheet;
        angebot;kostenvoranschlag;auftragsbestätigung;bestellung;bestellbestätigung;lieferschein;mahnung;zahlungserinnerung;kontoauszug;quittung;vertrag;lastschriftanzeige;belastungsanzeige;preisliste;
        devis;bon de commande;confirmation de commande;bon de livraison;relevé;relevé de compte;rappel;mise en demeure;note de débit;contrat;reçu;
        عرض سعر;أمر شراء;أمر شراء محلي;كشف حساب;إشعار مدين;اشعار مدين;إذن تسليم;سند تسليم;سند قبض;سند صرف;عقد;
        offerte;inkooporder;orderbevestiging;pakbon;herinnering;aanmaning;presupuesto;pedido;albarán;nota de débito;preventivo;ordine;ordine di acquisto;documento di trasporto;nota di debito;
        orçamento;encomenda;guia de remessa;oferta;zamówienie;nota obciążeniowa;offert;beställning;följesedel;tilbud;følgeseddel;árajánlat;megrendelés;szállítólevél"""
OTHER_KINDS = frozenset(map(fold, _OTHER_KINDS.split(";")))
"""Titles, folded, of documents that aren't paid as they stand."""
_UNSETTLED = """
        proforma;pro forma;draft;cancelled;canceled;void;voided;request;acknowledgement;receipt;reminder;template;application;order;
        entwurf;storniert;vorläufig;brouillon;annulée;projet"""
UNSETTLED = frozenset(map(fold, _UNSETTLED.split(";")))
"""Words, folded, that make the title of an invoice one of something else."""
